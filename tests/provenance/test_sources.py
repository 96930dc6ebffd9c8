"""A user's code counts with all that it imports, and is found without running it."""

import pytest

from cambench.provenance import sources


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write files into the working folder, and give the digest of module `mine`."""
    monkeypatch.chdir(tmp_path)

    def write(files):
        for name, text in files.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return sources.source_digest("mine")

    return write


def test_a_module_is_found_without_importing_it(project):
    first = project({"mine": "raise RuntimeError\n", "room/inner": "x = 1\n"}), sources.source_digest("room.inner")
    assert sources.source_digest("nowhere") is None
    assert project({"mine": "raise ValueError\n"}) != first[0]
    assert sources.source_digest("room.inner") == first[1]
    assert project({"mine": "raise RuntimeError\n"}) == first[0]


@pytest.mark.parametrize(
    "line",
    [
        "import helper",
        "from helper import x",
        "def late():\n    import helper",
        "import between",
        "import package.part",
        "from package import part",
        "from package.part import x",
        "from package import own",
    ],
)
def test_what_it_imports_counts(project, line):
    files = {
        "mine": f"import torch, os, no_such_module\n{line}\n",
        "between": "import mine, helper\n",  # in a circle
        "package/__init__": "",
        "package/part": "import helper\n",
        "package/own": "from .part import x\n",
        "helper": "x = 1\n",
        "other": "x = 1\n",
    }
    first = project(files)
    assert project({"other": "x = 2\n"}) == first
    assert project({"helper": "x = 2\n"}) != first
    assert project({"helper": "x = 1\n"}) == first


def test_a_package_runs_before_its_parts(project):
    first = project({"mine": "import package.part\n", "package/__init__": "", "package/part": ""})
    assert project({"package/__init__": "x = 1\n"}) != first


def test_a_file_that_is_no_python_is_a_file_still(project):
    first = project({"mine": "def (\n"})
    assert first is not None
    assert project({"mine": "def )\n"}) != first


def test_installed_packages_are_not_followed():
    assert sources.is_installed(pytest.__file__)
    assert sources.is_installed(sources.__file__)
    assert not sources.is_installed(__file__)
