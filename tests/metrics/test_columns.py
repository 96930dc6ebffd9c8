"""Every file of the folder is a metric: a column of its own and an example; dropping one in is all."""

import doctest
import importlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import versions
from conftest import ROOT

from cambench import metrics, own
from cambench.metrics import Column, Explained
from cambench.points import Points
from cambench.results.columns import COLUMNS, METRICS

# ruff: noqa: E501 (tables of expected lines)
PACKAGE = ROOT / "workflow" / "cambench"
DROPPED = """
import numpy as np

from ._contract import Column, Explained

COLUMN = Column("dropped", "Dropped", higher_is_better=True, place=35)


def measure(seen: Explained) -> np.ndarray:
    return seen.probability / 2
"""
POINTS = Points(tuple(np.linspace(0, 1, 5)))
OTHERS = ("grid", "masks", "points", "own", "metrics._contract", "metrics._ranks")
INSIDE = np.random.default_rng(1).random((50, 6, 8)) < np.linspace(0, 0.8, 50)[:, None, None]
ASK = """
import numpy as np
from cambench.metrics import Explained
from cambench.results.columns import COLUMNS, METRICS
from cambench.stages.metrics import measure

found = measure(Explained(np.array([0.5]), np.array([0.5]), np.eye(3)[None], size=(3, 3)), ["dropped"])
print(*COLUMNS)
print(METRICS["dropped"].heading, found["dropped"][0])
"""


def module(name):
    return importlib.import_module(f"cambench.{name}")


def test_every_metric_has_a_column_of_its_own():
    columns = [module(f"metrics.{name}").COLUMN for name in metrics.names()]
    assert all(isinstance(column, Column) for column in columns)
    for unique in ("name", "title", "place"):
        assert len({getattr(column, unique) for column in columns}) == len(columns)
    assert [column.name for column in columns] == metrics.names()
    in_order = sorted(columns, key=lambda column: column.place)
    assert [metric.COLUMN for metric in metrics.load()] == in_order
    assert [column.name for column in in_order] == list(COLUMNS)


def test_the_facts_in_a_file_are_those_of_its_module():
    """Planning reads them without importing it."""
    for name in metrics.names():
        facts, metric = metrics.facts(name), module(f"metrics.{name}")
        assert facts.column == metric.COLUMN
        assert facts.needs == metric.NEEDS
        assert facts.column.definition
        assert facts.column.source
    assert {*metrics.ALWAYS} < {*metrics.DEFAULT} < {*metrics.names()}


def test_the_table_of_a_data_set():
    assert list(METRICS) == [*COLUMNS, "adcc_per_image"]
    assert len(METRICS) == len(COLUMNS) + 1
    assert (COLUMNS[0], COLUMNS[-1]) == ("average_drop", metrics.in_order(metrics.names())[-1])
    assert "none" not in METRICS


def test_the_users_own_columns_are_those_of_the_run(tmp_path):
    """A job says which; they stand where their place is, and are gone with it."""
    file = tmp_path / "mine.py"
    file.write_text(DROPPED.replace("from ._contract", "from cambench.metrics"))
    own.use_metrics(["adcc", str(file)])
    try:
        assert COLUMNS[:4] == ("average_drop", "average_increase", "average_gain", "dropped")
        assert METRICS["dropped"].file == str(file)
    finally:
        own.use_metrics([])
    assert "dropped" not in METRICS


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"name": "Mine"}, "name must have small letters, digits and _ alone, not 'Mine'"),
        ({"title": " "}, "title must be text that can be printed, not ' '"),
        ({"criterion": "beauty"}, "criterion must be one of faithfulness, localisation, complexity, robustness, sanity, several, not 'beauty'"),
        ({"version": 0}, "version must be a whole number from 1, not 0"),
        ({"definition": "one\ntwo"}, r"definition must be text that can be printed, not 'one\\ntwo'"),
        ({"source": 3}, "source must be text that can be printed, not 3"),
        ({"higher_is_better": "yes"}, "higher_is_better must be True or False, not 'yes'"),
        ({"place": "first"}, "place must be a number, not 'first'"),
        ({"range": (1, 0)}, r"range must be two numbers, the smaller one first, not \(1, 0\)"),
        ({"range": (None, 1)}, r"range must be two numbers, the smaller one first, not \(None, 1\)"),
        ({"range": 5}, "range must be two numbers, the smaller one first, not 5"),
    ],
)  # fmt: skip
def test_columns_that_are_refused(change, line):
    with pytest.raises(ValueError, match=f"^{line}$"):
        Column(**{"name": "mine", "title": "Mine", "higher_is_better": True, **change})


@pytest.mark.parametrize("metric", metrics.load(), ids=lambda metric: metric.COLUMN.name)
def test_values_lie_in_the_range(metric):
    rng = np.random.default_rng(0)
    raw, curves = rng.random((2, 50, 3, 4)), dict(zip(("deletion", "insertion"), rng.random((2, 50, 5)), strict=True))
    more = {"objects": INSIDE, "made": versions.stored(50, (3, 4))}
    seen = Explained(*rng.random((2, 50)), *raw, (6, 8), curves=curves, points=POINTS, **more)
    values = metric.measure(seen)
    assert values.shape == (50,)
    assert values.dtype == np.float64
    least, most = metric.COLUMN.range
    assert ((values >= least) & (values <= most)).all()
    assert len(set(values)) > 1


@pytest.mark.parametrize("name", [*OTHERS, *(f"metrics.{name}" for name in metrics.names())])
def test_examples_hold(name):
    result = doctest.testmod(module(name))
    assert result.attempted > 0
    assert result.failed == 0


def test_a_file_that_is_dropped_into_the_folder_is_a_column(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "cambench", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "cambench" / "metrics" / "dropped.py").write_text(DROPPED)
    asked = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=True)
    columns, measured = asked.stdout.splitlines()
    assert columns.split() == [*COLUMNS[:3], "dropped", *COLUMNS[3:]]
    assert measured == "Dropped ↑ 0.25"
