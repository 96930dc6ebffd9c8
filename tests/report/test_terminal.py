"""The summary in a terminal."""

import subprocess
import sys

import frames
import polars as pl
import pytest

from cambench.report.terminal import text
from cambench.results.bootstrap import resample
from cambench.results.summary import summarise
from cambench.store import tables


@pytest.fixture(scope="module")
def summary():
    frame = pl.concat([frames.random(), frames.random(network="other")])
    return summarise(frame, resample(frame, ["net", "other"], ["a", "b"], frames.BOOTSTRAP))


def test_a_network_is_named_where_there_are_several(summary):
    heading, _, first, *_ = text(summary).splitlines()
    columns = ["network", "method", "Drop-", "Incr+", "Gain+", "Coher+", "Compl-", "ADCC+", "ADCC/image+"]
    assert [cell.strip() for cell in heading.strip("|").split("|")] == columns
    row = [cell.strip() for cell in first.strip("|").split("|")]
    assert row[:2] == ["net", "a"]
    assert row[2] == f"{100 * summary['average_drop'][0]:.2f}"
    assert len(text(summary).splitlines()) == 2 + 4
    assert "network" not in text(summary.filter(network="net"))


def test_it_fits_into_ninety_columns(summary):
    long = summary.filter(network="net").with_columns(pl.lit("smoothgradcampp").alias("method"))
    assert max(map(len, text(long).splitlines())) < 90


def test_it_is_a_command(summary, tmp_path):
    tables.write(tmp_path / "summary.parquet", summary)
    command = [sys.executable, "-m", "cambench.report.terminal", str(tmp_path / "summary.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == text(summary) + "\n"


def test_a_file_that_is_no_summary_is_refused_in_one_line(tmp_path):
    (tmp_path / "summary.parquet").write_text("damaged")
    for arguments in (["summary.parquet"], ["missing.parquet"], []):
        command = [sys.executable, "-m", "cambench.report.terminal", *(str(tmp_path / name) for name in arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
