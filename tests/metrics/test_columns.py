"""Every file of the folder is a metric: a column of its own and an example; dropping one in is all."""

import doctest
import importlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from cambench import metrics
from cambench.metrics import Column, Explained
from cambench.points import Points
from cambench.results.columns import COLUMNS

PACKAGE = ROOT / "workflow" / "cambench"
DROPPED = """
import numpy as np

from ._contract import Column, Explained

COLUMN = Column("dropped", "Dropped", higher_is_better=True, place=35)


def measure(seen: Explained) -> np.ndarray:
    return seen.probability / 2
"""
ASK = """
import numpy as np
from cambench.metrics import Explained
from cambench.results.columns import COLUMNS, METRICS
from cambench.stages.metrics import measure

found = measure(Explained(np.array([0.5]), np.array([0.5]), np.eye(3)[None], size=(3, 3)))
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


@pytest.mark.parametrize("metric", metrics.load(), ids=lambda metric: metric.COLUMN.name)
def test_values_lie_between_zero_and_one(metric):
    rng = np.random.default_rng(0)
    raw, curves = rng.random((2, 50, 3, 4)), dict(zip(("deletion", "insertion"), rng.random((2, 50, 5)), strict=True))
    seen = Explained(*rng.random((2, 50)), *raw, (6, 8), curves=curves, points=Points(tuple(np.linspace(0, 1, 5))))
    values = metric.measure(seen)
    assert values.shape == (50,)
    assert values.dtype == np.float64
    assert ((values >= 0) & (values <= 1)).all()
    assert len(set(values)) > 1


@pytest.mark.parametrize(
    "name", ["masks", "points", "metrics._contract", *(f"metrics.{name}" for name in metrics.names())]
)
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
