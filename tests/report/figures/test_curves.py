"""Mean curves and their bands."""

import frames
import numpy as np
import pytest

from cambench.points import Points
from cambench.report.figures import curves


def test_mean_and_band_read_in_blocks():
    values = np.random.default_rng(0).random((10_000, 3)).astype(np.float32)
    sizes = []

    class Read(np.ndarray):
        def __getitem__(self, rows):
            sizes.append(len(values[rows]))
            return values[rows]

    mean, band = curves.mean_and_band(values.view(Read))
    assert sizes == [4096, 4096, 1808]
    np.testing.assert_allclose(mean, values.mean(0, dtype=float))
    np.testing.assert_allclose(band, 1.96 * values.std(0, ddof=1, dtype=float) / 100, rtol=1e-6)


def test_the_band_of_one_image_has_no_width():
    mean, band = curves.mean_and_band(np.array([[0.3, 0.7]]))
    np.testing.assert_allclose(mean, [0.3, 0.7])
    np.testing.assert_allclose(band, 0, atol=1e-8)


@pytest.mark.parametrize("pixels_per_step", [10, 13])  # the last step of 13 is a short one
def test_the_curve_from_drawn_points_is_that_of_the_strata(pixels_per_step):
    """Of 500 images whose curves fall, against the mean of their whole curves."""
    settings = {"pixels_per_step": pixels_per_step, "points": 4}
    points, whole = Points.of(200, settings), np.array(Points.of(200, {**settings, "points": "all"}).shares)
    levels = np.random.default_rng(0).uniform(0.5, 3, (500, 1))
    every, steps = np.exp(-levels * whole), points.steps(np.arange(500))
    mean, band = curves.mean_and_band(np.take_along_axis(every, steps, 1))
    cut = [np.unique(column) for column in steps.T]
    expected = [every.mean(0)[stratum].mean() for stratum in cut]
    np.testing.assert_allclose(points.places, [whole[stratum].mean() for stratum in cut])
    assert (np.abs(mean - expected) <= 1.5 * band).all()  # 2.9 standard errors
    assert (np.abs(mean - expected)[[0, -1]] < 1e-12).all()


def test_the_table_has_what_is_drawn():
    def given(network, method, name):
        return np.array([0, 0.5, 1]), np.full(3, len(network + method + name)), np.full(3, 0.1)

    found = curves.table(given, ["net", "other"], ["a", "b"])
    assert found.columns == ["network", "method", "curve", "share", "mean", "band"]
    assert len(found) == 2 * 2 * 2 * 3
    read = curves.of(found)
    for names in (("net", "a", "deletion"), ("other", "b", "insertion")):
        for values, expected in zip(read(*names), given(*names), strict=True):
            np.testing.assert_array_equal(values, expected)


def test_curves():
    x, band = np.array([0, 0.5, 1]), np.full(3, 0.1)

    def given(network, method, name):
        return (
            x,
            np.full(3, 0.5) + 0.1 * (method == "good") + 0.2 * (name == "insertion") + 0.05 * (network == "net"),
            band,
        )

    figure = curves.draw(given, frames.NETWORKS, {"good": "Good", "bad": "Bad"})
    assert [axis.get_title() for axis in figure.axes] == ["Deletion ↓", "Insertion ↑"] * 2
    assert figure.axes[2].get_ylabel() == "Other\nmean probability of the class"
    good, bad = figure.axes[1].lines
    np.testing.assert_allclose(good.get_xdata(), [0, 50, 100])
    np.testing.assert_allclose(good.get_ydata(), 0.85)
    np.testing.assert_allclose(bad.get_ydata(), 0.75)
    edges = figure.axes[1].collections[0].get_paths()[0].vertices[:, 1]
    assert (edges.min(), edges.max()) == (pytest.approx(0.75), pytest.approx(0.95))
    assert frames.texts(figure.legends[0].get_texts()) == ["Good", "Bad"]
