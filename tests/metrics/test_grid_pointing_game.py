"""The grid pointing game: known values, captum's upsampling, and what it shares with the energy pointing game."""

import numpy as np
import pytest
import torch
from captum.attr import LayerAttribution

from cambench import metrics
from cambench.images import boxes
from cambench.masks import Masking
from cambench.metrics import Explained

SIZE = (32, 48)
CELLS = np.stack(
    [boxes.mask([box], SIZE) for box in [(0, 0, 24, 16), (24, 0, 48, 16), (0, 16, 24, 32), (24, 16, 48, 32)]]
)
(GRID,), (ENERGY,) = (metrics.load([name]) for name in ("grid_pointing_game", "energy_pointing_game"))


def seen(raw, relu=True, cells=CELLS):
    p = np.full(len(raw), 0.5)
    return Explained(p, p, raw.astype(np.float32), size=SIZE, masking=Masking(relu=relu), objects=cells)


def signed(number=4):
    """Maps with negative numbers."""
    return np.random.default_rng(0).normal(size=(number, 6, 8))


def peer(raw, relu):
    """What Rao et al. (CVPR 2022) say, by captum's own upsampling: the positive part of the upsampled attribution."""
    attribution = torch.tensor(raw, dtype=torch.float32)[:, None]
    large = LayerAttribution.interpolate(attribution.clamp(min=0) if relu else attribution, SIZE, "bilinear")[:, 0]
    positive = large.clamp(min=0).double().numpy()
    return (positive * CELLS).sum((1, 2)) / positive.sum((1, 2))


@pytest.mark.parametrize("relu", [True, False])
def test_it_is_that_of_an_independent_implementation(relu):
    raw = signed()
    np.testing.assert_allclose(GRID.measure(seen(raw, relu)), peer(raw, relu), rtol=1e-6)


def test_known_values():
    """A map that is its cell scores 1, to rounding; that of another cell 0; a flat one what a cell covers."""
    inside = CELLS.astype(float)
    assert GRID.measure(seen(inside)).tolist() == [1, 1, 1, 1]
    assert GRID.measure(seen(inside[::-1])).tolist() == [0, 0, 0, 0]
    assert GRID.measure(seen(np.full((4, 4, 6), 0.3))) == pytest.approx([0.25] * 4)
    assert GRID.measure(seen(inside[[0, 0, 0, 0]])).sum() == 1  # one map for all classes is at chance on average


def test_upsampling_takes_evidence_over_the_border():
    """Of 2 x 2 cells one is 1. Along a line U falls from 1 to 0 over half of either cell: 7/8 of it lie inside."""
    raw = np.zeros((4, 2, 2))
    raw[np.arange(4), [0, 0, 1, 1], [0, 1, 0, 1]] = 1
    assert GRID.measure(seen(raw)) == pytest.approx([(7 / 8) ** 2] * 4)


def test_nothing_positive_or_not_finite_scores_0():
    raw = signed()
    raw[0] = -1
    raw[1] = 0
    raw[2, 0, 0] = np.nan
    raw[3, 0, 0] = np.inf
    for relu in (True, False):
        assert GRID.measure(seen(raw, relu)).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("scale", [2.0**-100, 2.0**100])
def test_the_scale_of_a_map_does_not_matter(scale):
    """With the authors' limit of 1e-7, maps of small gradients would score 0."""
    raw = signed().astype(np.float32)
    assert GRID.measure(seen(raw * np.float32(scale))).tolist() == GRID.measure(seen(raw)).tolist()


def test_it_is_the_energy_pointing_game_where_the_least_number_is_0():
    """After the ReLU, or without it; elsewhere min-max scaling moves what is negative or positive."""
    raw = signed()
    np.testing.assert_allclose(GRID.measure(seen(raw)), ENERGY.measure(seen(raw)), rtol=1e-6)
    least = raw - raw.min((1, 2), keepdims=True)
    np.testing.assert_allclose(
        GRID.measure(seen(least, relu=False)), ENERGY.measure(seen(least, relu=False)), rtol=1e-6
    )
    assert np.abs(GRID.measure(seen(raw, relu=False)) - ENERGY.measure(seen(raw, relu=False))).max() > 0.01
    assert np.abs(GRID.measure(seen(least + 9)) - ENERGY.measure(seen(least + 9))).max() > 0.01


def test_each_image_is_measured_by_itself():
    raw = signed()
    whole = GRID.measure(seen(raw))
    alone = [GRID.measure(seen(raw[n : n + 1], cells=CELLS[n : n + 1]))[0] for n in range(4)]
    np.testing.assert_allclose(alone, whole, rtol=1e-6)
    assert GRID.measure(seen(raw, cells=None)) is None
