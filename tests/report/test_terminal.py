"""The summary in a terminal."""

import subprocess
import sys

import frames
import polars as pl
import pytest

from cambench.report.terminal import text
from cambench.results.bootstrap import resample
from cambench.results.summary import summarise


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
    summary.write_parquet(tmp_path / "summary.parquet")
    command = [sys.executable, "-m", "cambench.report.terminal", str(tmp_path / "summary.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == text(summary) + "\n"
