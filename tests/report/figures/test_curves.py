"""Mean curves and their bands."""

import frames
import numpy as np
import pytest

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
