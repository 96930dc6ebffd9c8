"""`cambench compare`: two runs, their records, and what must not be compared."""

import json

import polars as pl
import pytest

from cambench.command import _main
from cambench.records import canonical, identity


def said(capsys, *words):
    _main.main(["compare", *map(str, words)])
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    _main.main(["export", str(finished.results), "-o", str(folder)])
    return folder


def test_a_run_beside_itself_and_its_records(finished, exported, tmp_path, capsys):
    text = said(capsys, finished.results, finished.results, exported, "--csv", tmp_path / "out.csv")
    assert text.count("Nothing else differs.") == 2
    table = pl.read_csv(tmp_path / "out.csv")
    assert set(table["difference"]) == {0}
    assert set(table["how"]) == {"paired", "equal"}
    assert set(table["method"]) == {"gradcam", "scorecam"}


def test_one_metric(finished, exported, capsys):
    text = said(capsys, finished.results, exported, "--metric", "adcc")
    assert "ADCC (%) of tiny" in text
    assert "Insertion" not in text


def test_versions_are_refused(exported, tmp_path, capsys):
    for path in exported.glob("*.json"):
        record = json.loads(path.read_text())
        record["definitions"]["metrics"]["adcc"] = 2
        record["method"]["version"] = 5
        record["sha256"] = identity.seal(record)
        (tmp_path / path.name).write_text(canonical.text(record))
    with pytest.raises(SystemExit) as ended:
        said(capsys, exported, tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1
    assert len(lines) == 3
    assert any("metric adcc is of version 1 and 2" in line for line in lines)
    assert any("method scorecam is of version 1 and 5" in line for line in lines)


def test_one_source_is_not_enough(exported, capsys):
    with pytest.raises(SystemExit):
        said(capsys, exported)
    assert capsys.readouterr().err == "name two runs or records, or more\n"
