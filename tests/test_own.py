"""Files of the user's own: found by their path, imported once, and refused in one line."""

import sys

import pytest

from cambench import own
from cambench.errors import InputError


def test_a_file_is_imported_once_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "folder").mkdir()
    (tmp_path / "own_helper.py").write_text("VALUE = 3\n")
    (tmp_path / "folder" / "mine.py").write_text("from own_helper import VALUE\n")
    module = own.load("folder/mine.py")
    assert module.VALUE == 3
    assert own.load(str(tmp_path / "folder" / "mine.py")) is module


def test_a_file_of_an_installed_package():
    assert own.find("package:cambench/errors.py").name == "errors.py"
    assert own.load("package:cambench/errors.py").one_line("a\n") == "a\\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("gone/mine.py", "gone/mine.py: no such file or folder"),
        ("my_methods:cam", "my_methods:cam: write the path of a Python file, such as my_folder/mine.py"),
        ("./mine", "./mine: write the path of a Python file, such as my_folder/mine.py"),
        (
            "package:no_such_package/mine.py",
            "package:no_such_package/mine.py: package no_such_package is not installed",
        ),
        ("folder.py", "folder.py is no file"),
        ("bad.py", "bad.py: cannot be imported: ValueError: two lines"),
        ("ends.py", "ends.py: cannot be imported: SystemExit: 0"),
    ],
)
def test_files_that_are_refused(tmp_path, monkeypatch, name, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "bad.py").write_text("raise ValueError('two\\nlines')\n")
    (tmp_path / "ends.py").write_text("raise SystemExit(0)\n")
    with pytest.raises(InputError) as refused:
        own.load(name)
    assert str(refused.value) == line
    assert not [key for key in sys.modules if key.startswith("cambench_own") and "bad.py" in sys.modules[key].__file__]


def test_a_file_that_is_gone_after_the_check_ends_the_process(capsys):
    with pytest.raises(SystemExit):
        own.found("gone/mine.py")
    assert capsys.readouterr().err == "gone/mine.py: no such file or folder\n"
    assert own.module("methods", "gradcam") == "methods.gradcam"
