"""What is printed at the end of a run."""

import io

import frames
import pytest

from cambench.report import terminal
from cambench.report.text_tables import Summary, text
from cambench.store import tables

TITLES = {"networks": {"net": "The net"}, "methods": {}}


@pytest.fixture
def results(tmp_path):
    """A run's folder with its tables."""
    frame = frames.random()
    summary, compared = frames.measured(frame, ["net"], ["a", "b"])
    (tmp_path / "tables").mkdir()
    tables.write(tmp_path / "tables/summary.parquet", summary)
    compared.pairwise.write_csv(tmp_path / "tables/pairwise.csv")
    (tmp_path / "figures").mkdir()
    return tmp_path, Summary(summary, compared.pairwise, TITLES)


def test_the_table_is_printed_and_where_to_look(results, capsys):
    folder, summary = results
    terminal.after(str(folder), TITLES, [], 0.95)
    said = capsys.readouterr().out
    assert said.startswith(f"{text(summary)}\n\nWhere to look:\n")
    assert f"{folder}/figures" in said
    assert "index.html" not in said  # which is not there


def test_places_are_named_as_the_working_folder_sees_them(results, monkeypatch):
    folder, _ = results
    monkeypatch.chdir(folder.parent)
    assert f"\n  {folder.name}/figures " in terminal.places(folder)


def test_no_table_is_no_error(tmp_path, capsys):
    terminal.after(str(tmp_path), TITLES, [], 0.95)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/summary.parquet").write_text("damaged")
    terminal.after(str(tmp_path), TITLES, [], 0.95)
    assert capsys.readouterr().out == ""


def test_a_terminal_without_arrows_gets_others(results, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    terminal.say(f"{text(results[1])} é")
    said = written.getvalue().decode("ascii")
    assert "ADCC +" in said
    assert said.endswith("\\xe9\n")


def test_own_metrics_without_their_files_are_left_out_with_a_line(capsys):
    terminal.know(["adcc", "lost/mine.py"])
    assert capsys.readouterr().err == "lost/mine.py: no such file or folder: its metric is left out\n"
    terminal.know(["adcc"])
    assert capsys.readouterr().err == ""


def test_a_workflow_ends_with_its_table(copy):
    """But not where something else was asked for, or silence."""
    (copy.results / "tables" / "summary.md").unlink()
    (copy.results / "tables" / "paper.md").unlink()
    assert "Where to look" not in copy.run("--dry-run").stdout
    assert "Where to look" not in copy.run("verify", check=False).stdout
    assert "Where to look" not in copy.run("--quiet", "all", "--touch").stdout
    (copy.results / "tables" / "summary.md").unlink(missing_ok=True)
    said = copy.run().stdout
    assert "\ntiny: 9 images" in said
    assert "results/test/report/index.html" in said
