"""Each metric by target layer: points are means, bars are intervals, and methods stand side by side."""

import frames
import numpy as np
import polars as pl
import pytest

from cambench.report.figures import layers

LAYERS = ["blocks.2", "blocks.0", "blocks.1"]


@pytest.fixture
def table():
    rng, rows = np.random.default_rng(0), 2 * 2 * 3
    value = rng.random(rows)
    names = {
        "network": ["net"] * 6 + ["other"] * 6,
        "method": (["good"] * 3 + ["bad"] * 3) * 2,
        "layer": LAYERS * 4,
    }
    metrics = {
        f"{metric}{end}": value + shift
        for metric in ("average_drop", "deletion", "complexity", "coherency", "adcc", "adcc_per_image")
        for end, shift in (("", 0), ("_low", -0.1), ("_high", 0.1))
    }
    return pl.DataFrame({**names, **metrics})


def draw(table):
    return layers.draw(table, frames.NETWORKS, {"good": "_Good", "bad": "Bad"})


def test_a_panel_per_network_and_metric(table):
    figure = draw(table)
    shown = [axis for axis in figure.axes if axis.get_visible()]
    headings = ["Average Drop ↓", "Deletion ↓", "Coherency ↑", "Complexity ↓", "ADCC ↑"]
    assert [axis.get_title() for axis in shown] == headings * 2
    assert [axis.get_ylabel() for axis in shown if axis.get_ylabel()] == ["Net 1\n%", "Other\n%"]
    assert frames.texts(shown[0].get_xticklabels()) == LAYERS  # as they are listed
    assert frames.texts(figure.legends[0].get_texts()) == ["_Good", "Bad"]


def test_points_and_intervals(table):
    axis = draw(table).axes[0]
    for number, method in enumerate(("good", "bad")):
        part = table.filter(network="net", method=method)
        line, bars = axis.lines[number], axis.collections[number].get_segments()
        np.testing.assert_allclose(line.get_ydata(), 100 * part["average_drop"])
        np.testing.assert_allclose([bar[:, 1] for bar in bars], 100 * part["average_drop_low", "average_drop_high"])
        np.testing.assert_allclose([bar[0, 0] for bar in bars], line.get_xdata())
    left, right = (line.get_xdata() for line in axis.lines[:2])
    assert (left < right).all()
    assert (abs(left - range(3)) < 0.5).all()


def test_what_is_not_known_is_not_drawn(table):
    """One image has no intervals."""
    ends = [name for name in table.columns if name.endswith(("_low", "_high"))]
    axis = draw(table.with_columns(pl.lit(None, pl.String).alias(name) for name in [*ends, "deletion"])).axes[0]
    assert not any(len(bar) for bar in axis.collections[0].get_segments())
    assert np.isfinite(axis.lines[0].get_ydata()).all()


def test_one_method(table):
    axis = layers.draw(table.filter(method="bad"), frames.ONE, {"bad": "Bad"}).axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0, 1, 2]
