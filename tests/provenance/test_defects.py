"""Lines about defects: one each, whatever a file is called, with a command for a shell in any folder."""

import os
import subprocess

import pytest

from cambench.provenance.defects import Defect, lines, quoted

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


def test_a_last_line_mends_all():
    found = [Defect("/a", "damaged", "rm"), Defect("/b", "is missing"), Defect("/c", "changed", "touch")]
    found += [Defect("/a", "not what the run wrote", "rm"), Defect("/d", "other settings", "rm -r")]
    assert lines(found, "again")[-1] == "5 defects; mend all: rm -f /a && touch /c && rm -rf /d && again"
    assert lines(found[1:2], "again") == ["/b: is missing; mend: again"]
    left = Defect("/a", "left behind", "rm", rerun=False)
    assert lines([left], "again") == ["/a: left behind; mend: rm -f /a"]
    assert lines([], "again") == []
