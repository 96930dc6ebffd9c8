"""Lines about defects: one each, whatever a file is called, with a command for a shell in any folder."""

import os
import subprocess
from pathlib import Path

import pytest

from cambench.provenance.defects import Defect, lines, quoted, unreadable

NASTY = ["plain", "two words", "it's", "$(rm -rf x)", "a\nresults/test: no defect", "tab\tbell\a", "esc\x1b[2J"]
NASTY += ["ünïcode", "back\\slash\n'", "\u202egnp.exe", os.fsdecode(b"latin\xe9\n"), "-rf", "*;&|`x`\n"]


@pytest.mark.parametrize("name", NASTY)
def test_a_shell_reads_the_name_of_the_file(name, tmp_path):
    done = subprocess.run(["bash", "-c", f"printf %s {quoted(name)}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(name)
    assert quoted(name).isprintable()


@pytest.mark.parametrize("name", NASTY)
def test_one_line_removes_one_file(name, tmp_path, monkeypatch):
    """From another folder, in which a file of that name lies too."""
    for folder in ("here", "there"):
        (tmp_path / folder / name).parent.mkdir(parents=True)
        (tmp_path / folder / name).write_text("some")
    monkeypatch.chdir(tmp_path / "here")
    (line,) = lines([Defect(name, "damaged", "rm")], "true")
    assert line.isprintable()
    assert line.endswith(" && true")
    subprocess.run(["bash", "-c", line.partition("; mend: ")[2]], cwd=tmp_path / "there", check=True)
    assert not (tmp_path / "here" / name).exists()
    assert (tmp_path / "there" / name).exists()


def test_a_last_line_mends_all(tmp_path):
    """One command for all files, and one for all folders, whatever the order of the defects is."""
    found = [Defect("/a", "damaged", "rm"), Defect("/b", "is missing"), Defect("/c", "ahead", "touch")]
    found += [Defect("/a", "not what the run wrote", "rm"), Defect(str(tmp_path), "other settings", "rm")]
    found += [Defect("/d", "damaged", "rm"), Defect("/e", "changed", "rm", at="/f")]
    steps = f"rm -f /a /d /f && rm -rf {tmp_path} && touch -c /c"
    assert lines(found, "again")[-1] == f"7 defects; mend all: {steps} && again"
    assert lines(found[1:2], "again") == ["/b: is missing; mend: again"]
    left = Defect("/a", "left behind", "rm", rerun=False)
    assert lines([left], "again") == ["/a: left behind; mend: rm -f /a"]
    assert lines([], "again") == []


def test_a_thousand_defects_are_mended_by_a_few_commands(tmp_path):
    found = [Defect(str(tmp_path / f"{number}"), "damaged", "rm") for number in range(1001)]
    for defect in found:
        Path(defect.path).touch()
    command = lines(found, "true")[-1].partition("; mend all: ")[2]
    assert command.count("rm -f ") == 3
    subprocess.run(["bash", "-c", command], check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_gone_is_not_made_by_touching_it(tmp_path):
    (line,) = lines([Defect(f"{tmp_path}/gone", "dated in the future", "touch")], "true")
    subprocess.run(["bash", "-c", line.partition("; mend: ")[2]], check=True)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_is_removed_wherever_it_stands(tmp_path):
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "file").touch()
    for name, removed in (("folder", "folder"), ("file/c/0", "file")):
        try:
            (tmp_path / name).read_bytes()
        except OSError as error:
            found = unreadable(f"{tmp_path}/{name}", error)
        assert found.path == f"{tmp_path}/{removed}"
        (line,) = lines([found], "true")
        subprocess.run(["bash", "-c", line.partition("; mend: ")[2]], check=True)
        assert not (tmp_path / removed).exists()
