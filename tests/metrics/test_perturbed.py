"""ADD, single deletion and mu-fidelity: closed forms, scipy, Xplique's formula, ties and what is not finite."""

import numpy as np
import pytest
import torch
from conftest import PREPROCESSING
from scipy import stats
from torch import nn
from torch.nn.functional import interpolate

from cambench.grid import place_of, sums
from cambench.masks import Masking, masks
from cambench.metrics import Explained, average_drop_in_deletion, mu_fidelity, single_deletion
from cambench.metrics._ranks import spearman
from cambench.networks.batches import gathered
from cambench.networks.probe import Probe, Shard
from cambench.stages.perturbations import Perturbing, perturb

SIZE = (30, 44)  # which neither 4 nor 9 divides
RNG = np.random.default_rng(0)
RAW = RNG.normal(size=(6, 7, 9)).astype(np.float32)
REMOVED = (RNG.random((6, 50, 81)).argsort(2) < 16).astype(np.uint8)
MADE = {
    "perturbations.cells": RNG.normal(size=(6, 16)),
    "perturbations.subsets": RNG.normal(size=(6, 50)),
    "perturbations.removed": REMOVED,
}
METRICS = (single_deletion, mu_fidelity)


def seen(raw=RAW, made=None, size=SIZE, relu=True):
    p = np.full(len(raw), 0.5)
    return Explained(p, p, raw, None, size, Masking(relu), made=MADE if made is None else made)


@pytest.mark.parametrize("size", [(30, 44), (224, 224), (9, 9), (17, 100)])
@pytest.mark.parametrize("grid", [1, 4, 9])
def test_places_are_those_of_nearest_upsampling(size, grid):
    numbered = torch.arange(grid**2, dtype=torch.float64).reshape(1, 1, grid, grid)
    np.testing.assert_array_equal(place_of(size, grid), interpolate(numbered, size, mode="nearest")[0, 0].numpy())
    assert len(np.unique(place_of(size, grid))) == grid**2


def test_sums_are_over_the_pixels_of_a_place():
    """In millionths, to half a millionth for each pixel."""
    U, where = masks(RAW, SIZE, Masking()), place_of(SIZE, 9)
    for place in range(81):
        expected = U[:, where == place].astype(float).sum(1)
        np.testing.assert_allclose(sums(U, 9)[:, place] / 1e6, expected, atol=5e-7 * (where == place).sum())
    assert (sums(U, 9) == np.rint(sums(U, 9))).all()


def test_single_deletion_is_scipys():
    found, where = single_deletion.measure(seen()), place_of(SIZE, 4)
    for row, U in enumerate(masks(RAW, SIZE, Masking()).astype(float)):
        salient = [U[where == cell].sum() for cell in range(16)]
        expected = stats.spearmanr(salient, MADE["perturbations.cells"][row]).statistic
        assert found[row] == pytest.approx(expected, abs=1e-12)


def test_mu_fidelity_is_xpliques():
    """Its formula: masks of what stays, upsampled to the nearest, and scipy's correlation of drops and sums."""
    found = mu_fidelity.measure(seen())
    stays = 1 - torch.from_numpy(REMOVED).double().view(6, 50, 9, 9)
    large = interpolate(stays, SIZE, mode="nearest").numpy()
    attributed = (masks(RAW, SIZE, Masking())[:, None] * (1.0 - large)).sum((2, 3))
    for row in range(6):
        expected = stats.spearmanr(MADE["perturbations.subsets"][row], attributed[row])[0]
        assert found[row] == pytest.approx(expected, abs=1e-12)


def test_subsets_of_one_size_do_not_reward_a_map_that_shows_everything():
    """Where a subset costs what its size says, subsets of many sizes, as Xplique draws them, suit any such map."""
    fake, rng = np.ones((3, 36, 36), np.float32), np.random.default_rng(0)
    fake[:, 0, 0] = 0
    found = []
    for removed in (rng.random((3, 400, 81)) < 0.2, rng.random((3, 400, 81)).argsort(2) < 16):
        drops = removed.sum(2) + rng.normal(0, 0.1, (3, 400))
        made = {"perturbations.subsets": drops, "perturbations.removed": removed.astype(np.uint8)}
        found.append(mu_fidelity.measure(seen(fake, made, (36, 36), relu=False)))
    assert found[0].min() > 0.99
    assert np.abs(found[1]).max() < 0.15


def test_ranks_are_scipys_also_with_ties():
    a, b = RNG.integers(0, 5, (2, 200, 12)).astype(float)
    expected = [stats.spearmanr(*pair).statistic for pair in zip(a, b, strict=True)]
    np.testing.assert_allclose(spearman(a, b), expected, atol=1e-12)


class Linear(nn.Module):
    """What each pixel is worth to class 0, which is the target layer, added up; all else together has a logit of 0."""

    def __init__(self, side):
        super().__init__()
        self.worth, self.fc = nn.Conv2d(3, 1, 1, bias=False), nn.Linear(side * side, 2)
        with torch.no_grad():
            self.fc.weight[0] = torch.randn(side * side, generator=torch.Generator().manual_seed(0)) / side
            self.fc.weight[1] = 0
            self.fc.bias[:] = 0

    def forward(self, x):
        return self.fc(self.worth(x).flatten(1))


def test_the_exact_attribution_of_a_linear_network():
    """It is 1 in both, and its negative -1: what a part is worth is the sum of what its pixels are worth."""
    torch.manual_seed(0)
    side, pixels = 36, np.random.default_rng(0).integers(0, 255, (5, 36, 36, 3), dtype=np.uint8)
    probe = Probe(Linear(side), "worth", {**PREPROCESSING, "resize": side, "crop": side}, batch=16)
    shard, settings = Shard(pixels, np.zeros(5, int), np.arange(5)), Perturbing(4, 60, 9, 0.2)
    images = probe.prepare(pixels)
    with torch.no_grad():
        worth = (probe.network.worth(images) * probe.network.fc.weight[0].view(side, side))[:, 0].numpy()
        p = probe.network(images).double().softmax(1)[:, 0].numpy()
    found = gathered(perturb(probe, shard, p, settings, 16))
    cells = worth.astype(float).reshape(5, 4, 9, 4, 9).sum((2, 4)).reshape(5, 16)
    np.testing.assert_allclose(found["cells"], cells, atol=1e-5)
    made = {f"perturbations.{name}": values for name, values in found.items()}
    for metric in METRICS:
        for sign in (1, -1):
            values = metric.measure(seen(sign * worth, made, (side, side), relu=False))
            np.testing.assert_allclose(values, sign, atol=1e-3)


def test_parts_that_show_as_much_as_each_other_tie():
    """Of a map that is the same from all sides, whatever the order in which its pixels were added up."""
    line = np.exp(-((np.arange(7) - 3) ** 2) / 3).astype(np.float32)
    round_ = np.outer(line, line)[None]
    U = masks(round_, (32, 32), Masking())
    assert len(np.unique(sums(U, 4))) == 3
    drops = {"perturbations.cells": RNG.normal(size=(1, 16))}
    turned = [round_, round_[:, ::-1], round_[:, :, ::-1], round_.transpose(0, 2, 1)]
    assert len({float(single_deletion.measure(seen(each, drops, (32, 32)))[0]) for each in turned}) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_maps_and_drops_without_an_order(metric):
    raw, drops = RAW.copy(), {name: values.copy() for name, values in MADE.items()}
    raw[0], raw[1, 2, 3] = 2, np.nan
    for name in ("perturbations.cells", "perturbations.subsets"):
        drops[name][2], drops[name][3, 5], drops[name][4, 5] = 0.25, np.nan, np.inf
    images = seen(raw, drops)
    values = metric.measure(images)
    assert values[:5].tolist() == [0, 0, 0, -1, -1]
    assert values[5] == metric.measure(seen())[5]
    assert images.nonfinite.tolist() == [False, True, False, True, True, False]
    assert metric.measure(seen(made={})) is None


@pytest.mark.parametrize("metric", METRICS)
def test_values_do_not_depend_on_the_other_images(metric):
    one = {name: values[4:5] for name, values in MADE.items()}
    assert metric.measure(seen(RAW[4:5], one))[0] == metric.measure(seen())[4]


def test_the_scale_of_a_map_and_of_the_drops_decides_nothing():
    larger = {name: values if name.endswith("removed") else 3 * values - 7 for name, values in MADE.items()}
    for metric in METRICS:
        np.testing.assert_allclose(metric.measure(seen(5 * RAW, larger)), metric.measure(seen()), atol=1e-12)


def test_average_drop_in_deletion():
    """A class of no probability has none to lose: the drop itself stands there, as in Average Drop."""
    p = np.array([0.8, 0.5, 0.0, 0.4, np.nan, 0.3, 1e-3])
    q = np.array([0.2, 0.75, 0.1, 0.4, 0.2, np.inf, 0.5])
    images = Explained(p, p, made={"complement.probability": q})
    found = average_drop_in_deletion.measure(images)
    assert found.tolist() == pytest.approx([0.75, -0.5, -0.1, 0, -1, -1, -499])
    assert average_drop_in_deletion.measure(Explained(p, p)) is None
    least, most = average_drop_in_deletion.COLUMN.range
    assert (least, most) == (-np.inf, 1)
