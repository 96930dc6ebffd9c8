"""The checks of a leaderboard: every fault is one line that names the file."""

import subprocess
from dataclasses import replace

import pytest
from projects import ROOT
from recorded import SHA, changed

from cambench import methods
from cambench.errors import InputError
from cambench.records import canonical, check, identity

WHO = ["-c", "user.name=x", "-c", "user.email=x@example.org"]


def put(folder, record, name=None):
    path = folder / "records" / (name or identity.file_name(record))
    path.parent.mkdir(exist_ok=True)
    path.write_text(canonical.text(record))
    return path


def test_the_leaderboard_of_this_repository_is_good():
    assert not list(check.problems(ROOT / "leaderboard"))


def test_good_records(record, tmp_path, capsys):
    put(tmp_path, record)
    put(tmp_path, changed(network__layer="layer3"))
    check.main([str(tmp_path)])
    assert capsys.readouterr().out == "2 records are good.\n"


FAULTS = {
    "no method mine in this cambench": {"method__cam": "mine"},
    "no method my/own.py in this cambench": {"method__cam": "my/own.py"},
    "its maps come from a file, so nobody can make them again": {"method__cam": "file"},
    "method gradcam is of version 9, and now of 1; run it again": {"method__version": 9},
    "method layercam is of version 4, and now of 1; run it again": {
        "method__cam": "degraded",
        "method__of": {"cam": "layercam", "version": 4},
    },
    "metric adcc is of version 8, and now of 1; run it again": {
        "definitions__metrics": {"average_drop": 1, "adcc": 8, "adcc_per_image": 1}
    },
    "no metric mine in this cambench": {
        "definitions__metrics": {"mine": 1},
        "values": {"mean": 0.5, "low": None, "high": None, "se": None, "digest": SHA["a"]},
    },
}


@pytest.mark.parametrize(("line", "changes"), FAULTS.items())
def test_what_nobody_can_make_again_is_refused(tmp_path, line, changes):
    if "values" in changes:
        changes = {**changes, "values": {"mine": changes["values"]}}
    path = put(tmp_path, changed(**changes))
    (found,) = check.problems(tmp_path)
    assert found.startswith(f"{path}: ")
    assert line in found


def test_a_name_follows_from_what_a_file_holds(record, tmp_path):
    path = put(tmp_path, record, "best.json")
    assert list(check.problems(tmp_path)) == [f"{path}: must be named {identity.file_name(record)}"]


def test_duplicates_and_other_files(record, tmp_path, capsys):
    """Titles and values make no other record; what is no record is refused, too."""
    put(tmp_path, record)
    other = put(tmp_path, changed(network__name="other", values__adcc__mean=0.9))
    (tmp_path / "records" / "notes.txt").write_text("hello")
    with pytest.raises(SystemExit):
        check.main([str(tmp_path)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{tmp_path / 'records' / 'notes.txt'}: no JSON")
    assert lines[1] == f"{other}: the same number as {identity.file_name(record)}; keep one"


def test_an_empty_folder(tmp_path):
    assert list(check.problems(tmp_path)) == [f"{tmp_path / 'records'}: holds no records"]


def test_a_raised_version_makes_records_old(record, tmp_path, monkeypatch):
    put(tmp_path, record)
    newer = replace(methods.facts("gradcam"), version=2)
    monkeypatch.setattr(methods, "facts", lambda cam: newer)
    assert "version 1, and now of 2; run it again" in next(check.problems(tmp_path))


@pytest.fixture
def committed(record, tmp_path):
    """A leaderboard of one record, in a commit."""
    path = put(tmp_path, record)
    for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    return path


def test_values_that_changed_since_a_commit_are_flagged(committed, tmp_path, capsys):
    assert not list(check.changes(tmp_path, "HEAD"))
    committed.write_text(canonical.text(changed(values__adcc__mean=0.7503)))  # rounding
    assert not list(check.changes(tmp_path, "HEAD"))
    committed.write_text(canonical.text(changed(values__adcc__mean=0.8)))
    with pytest.raises(SystemExit):
        check.main([str(tmp_path), "--since", "HEAD"])
    line = f"{committed}: adcc was 75.00 in HEAD, and is 80.00, of the same inputs and versions\n"
    assert capsys.readouterr().err == line
    check.main([str(tmp_path), "--since", "HEAD", "--changed"])
    assert capsys.readouterr().out == f"{line}1 records are good.\n"
    committed.write_text(canonical.text(changed(values__adcc__mean=None)))
    assert "and is unknown" in next(check.changes(tmp_path, "HEAD"))


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_was_no_record_has_not_changed(committed, tmp_path, text):
    committed.write_text(text)
    subprocess.run(["git", "-C", str(tmp_path), *WHO, "commit", "-qam", "broken"], check=True)
    committed.write_text(canonical.text(changed()))
    assert not list(check.changes(tmp_path, "HEAD"))


def test_new_records_are_no_changes(committed, tmp_path):
    put(tmp_path, changed(network__layer="layer3"))
    assert not list(check.changes(tmp_path, "HEAD"))
    with pytest.raises(InputError, match="git knows no commit nothing"):
        list(check.changes(tmp_path, "nothing"))
