"""Files that a configuration names are found, or refused in one line."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

from cambench import paths
from cambench.errors import InputError


def test_a_path_inside_a_package_that_is_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "raises_on_import"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (package / "data.txt").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert paths.resolve("package:raises_on_import/data.txt") == package / "data.txt"
    with pytest.raises(InputError, match=r"^package:raises_on_import/none: no such file or folder$"):
        paths.resolve("package:raises_on_import/none")
    with pytest.raises(InputError, match=r"^package:not_there/x: package not_there is not installed$"):
        paths.resolve("package:not_there/x")


@pytest.mark.parametrize("name", ["", ".", "..up", "os.path", "raises_on_import.inner", "a b", "x" * 300 + ".y"])
def test_only_a_whole_package_is_looked_for(name, tmp_path, monkeypatch):
    (tmp_path / "raises_on_import").mkdir()
    (tmp_path / "raises_on_import" / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"is not the name of a package; write package:NAME/path$"):
        paths.resolve(f"package:{name}/file")


def test_modules_that_are_no_packages():
    for name in ("__main__", "math", "bisect"):
        with pytest.raises(InputError, match=f"^package:{name}/x: package {name} is not installed$"):
            paths.resolve(f"package:{name}/x")


def test_names_that_no_file_can_have():
    for find in (paths.resolve, paths.reference):
        with pytest.raises(InputError, match=r"^x+: File name too long$"):
            find("x" * 300)
        with pytest.raises(InputError, match="no such file"):
            find("a\0b")


def test_a_plain_path(tmp_path):
    assert paths.resolve(str(tmp_path)) == tmp_path
    with pytest.raises(InputError, match="none: no such file or folder"):
        paths.resolve(str(tmp_path / "none"))


def test_reference_files_lie_in_the_working_folder_or_in_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inside = ROOT / "workflow" / "cambench" / "reference" / "published.csv"
    assert paths.reference("reference/published.csv") == inside
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "published.csv").touch()
    assert paths.reference("reference/published.csv").samefile(tmp_path / "reference" / "published.csv")
    with pytest.raises(InputError, match=r"^none\.csv: no such file, neither in the working folder nor in cambench$"):
        paths.reference("none.csv")


@pytest.mark.parametrize(
    ("weights", "file"),
    [(None, False), ("IMAGENET1K_V1", False), ("a.pth", True), ("folder/a", True), ("package:a", True)],
)
def test_is_file(weights, file):
    assert paths.is_file(weights) is file


def test_hub_file(tmp_path):
    for name in ("resnet18-f37072fd.pth", "resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth", "resnet18-notes.pth"):
        (tmp_path / name).touch()
    assert paths.hub_file(str(tmp_path), "resnet18") == f"{tmp_path}/resnet18-f37072fd.pth"
    assert paths.hub_file(f"{tmp_path}/", "resnet18") == f"{tmp_path}/resnet18-f37072fd.pth"
    with pytest.raises(InputError, match=r"holds 2 files .*: resnet50-0676ba61\.pth, resnet50-11ad3fa6\.pth$"):
        paths.hub_file(str(tmp_path), "resnet50")
    for name in ("vgg16", "", "/", "**", "resnet18-notes", "../"):
        with pytest.raises(InputError, match=rf"holds 0 files {re.escape(name)}-DIGEST\.pth$"):
            paths.hub_file(str(tmp_path), name)


def test_jobs_can_import_the_package(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    paths.make_importable()
    paths.make_importable()
    assert os.environ["PYTHONPATH"] == f"{ROOT / 'workflow'}:/elsewhere"


def test_a_name_beyond_the_locale_is_found(tmp_path):
    (tmp_path / "tür").mkdir()
    code = f"from cambench.paths import resolve; resolve({str(tmp_path)!r} + '/t' + chr(252) + 'r')"
    ascii_only = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-c", code], env=ascii_only | {"PYTHONPATH": str(ROOT / "workflow")}, check=True)
