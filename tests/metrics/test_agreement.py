"""Metrics against scipy, scikit-learn, and what other packages compute, written out."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import auc

from cambench.masks import Masking, masks
from cambench.metrics import (
    Explained,
    deletion,
    deletion_correlation,
    entropy,
    insertion,
    insertion_correlation,
    sparseness,
    srg,
)
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.points import Points
from cambench.stages.curves import CurveSettings, draw

SIZE = (30, 44)
STEP = 50  # pixels; the last of the 27 steps has twenty
POINTS = Points.of(SIZE[0] * SIZE[1], {"pixels_per_step": STEP, "points": "all"})
RNG = np.random.default_rng(0)
RAW = RNG.normal(size=(6, 7, 9)).astype(np.float32)
CURVES = {name: RNG.random((6, POINTS.count)) for name in ("deletion", "insertion")}
PROBABILITY = np.full(6, 0.5)


def seen(raw=RAW, order="scale_then_upsample", curves=CURVES, **more):
    return Explained(PROBABILITY[: len(raw)], PROBABILITY[: len(raw)], raw, None, SIZE, Masking(order=order), curves=curves, points=POINTS, **more)  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
def test_entropy_is_scipys(order):
    large = masks(RAW, SIZE, Masking(order=order)).reshape(6, -1).astype(float)
    expected = stats.entropy(large, axis=1) / np.log(large.shape[1])
    np.testing.assert_allclose(entropy.measure(seen(order=order)), expected, rtol=1e-9)


def test_sparseness_is_the_gini_index():
    """Half the mean distance of all pairs over the mean; and the formula of Quantus, which adds 1e-7 to each pixel."""
    found = sparseness.measure(seen())
    for row, large in enumerate(masks(RAW, SIZE, Masking()).reshape(6, -1).astype(float)):
        pairs = np.abs(large[:, None] - large[None]).mean()
        assert found[row] == pytest.approx(pairs / (2 * large.mean()), rel=1e-9)
        shifted = np.sort(large + 1e-7)
        ranks = 2 * np.arange(1, len(large) + 1) - len(large) - 1
        assert found[row] == pytest.approx((ranks * shifted).sum() / (len(large) * shifted.sum()), abs=1e-5)


def test_maps_whose_sparseness_and_entropy_are_known():
    """One bright pixel of n, a half of all pixels, and a constant map, which is worst in both."""
    raw = np.zeros((3, *SIZE), np.float32)
    raw[0, 3, 4], raw[1, :, :22], raw[2] = 5, 1, 3
    pixels = SIZE[0] * SIZE[1]
    assert sparseness.measure(seen(raw)).tolist() == pytest.approx([1 - 1 / pixels, 0.5, 0])
    assert entropy.measure(seen(raw)).tolist() == pytest.approx([0, 1 - np.log(2) / np.log(pixels), 1])


def test_a_map_that_is_not_finite_is_worst():
    raw = RAW[:2].copy()
    raw[0, 0, 0] = np.nan
    images = seen(raw, curves={})
    assert sparseness.measure(images)[0] == 0
    assert entropy.measure(images)[0] == 1
    assert images.nonfinite.tolist() == [True, False]
    assert 0 < sparseness.measure(images)[1] < 1


@pytest.mark.parametrize(("metric", "name", "sign"), [(deletion_correlation, "deletion", -1), (insertion_correlation, "insertion", 1)])  # fmt: skip  # noqa: E501
def test_correlations_are_scipys(metric, name, sign):
    found = metric.measure(seen())
    for row, large in enumerate(masks(RAW, SIZE, Masking()).reshape(6, -1)):
        order = np.argsort(-large, kind="stable")
        means = [large[order[start : start + STEP]].astype(float).mean() for start in range(0, len(order), STEP)]
        rises = [
            sign * (after - before) for before, after in zip(CURVES[name][row], CURVES[name][row][1:], strict=False)
        ]
        assert len(means) == len(rises) == 27
        assert found[row] == pytest.approx(stats.pearsonr(rises, means).statistic, abs=1e-9)


def test_a_curve_that_follows_the_saliency_has_a_correlation_of_one():
    """The probability falls by what the pixels of each step are worth, and no correlation where it falls evenly."""
    images = seen()
    fallen = np.cumsum(np.add.reduceat(images.ordered[:, ::-1], np.arange(0, SIZE[0] * SIZE[1], STEP), axis=1), axis=1)
    steps = np.diff(np.concatenate([np.zeros((6, 1)), fallen], 1)) / np.diff(np.rint(np.array(POINTS.shares) * 1320))
    follows = 1 - np.concatenate([np.zeros((6, 1)), np.cumsum(steps, axis=1)], 1) / 100
    evenly = np.tile(np.linspace(1, 0, POINTS.count), (6, 1))
    for curve, expected in ((follows, 1), (1 - follows, -1), (evenly, 0)):
        found = deletion_correlation.measure(seen(curves={"deletion": curve}))
        assert found.tolist() == pytest.approx([expected] * 6, abs=1e-9)
    assert insertion_correlation.measure(seen(curves={"insertion": 1 - follows})).tolist() == pytest.approx([1] * 6)


def test_correlations_need_whole_curves():
    drawn = Points.of(SIZE[0] * SIZE[1], {"pixels_per_step": STEP, "points": 3})
    images = Explained(PROBABILITY, PROBABILITY, RAW, None, SIZE, curves={"deletion": RNG.random((6, 5))}, points=drawn)
    assert deletion_correlation.measure(images) is None
    assert insertion_correlation.measure(seen(curves={})) is None
    assert srg.measure(seen(curves={})) is None


def test_the_same_images_are_seen_from_the_other_end(tiny):
    """Insertion into the other input of deletion, backwards, is deletion of the least salient first, also of ties."""
    rng, steps = np.random.default_rng(0), 32 * 32 // 128
    shard = Shard(rng.integers(0, 255, (3, 32, 32, 3), dtype=np.uint8), np.zeros(3, int), np.arange(3))
    raw = rng.integers(0, 4, (3, 32, 32)).astype(np.float32)

    def drawn(raw, ties):
        settings = CurveSettings(128, {"start": "image", "end": "zero"}, {"start": "zero", "end": "image"}, ties)
        return gathered(draw(tiny, shard, raw, np.full(3, 0.5), Masking(relu=False), settings, 8))

    found, opposite = drawn(raw, "reading"), drawn(3 - raw, "reversed")
    assert found["insertion"].shape == (3, steps + 1)
    np.testing.assert_allclose(found["insertion"][:, ::-1], opposite["deletion"], atol=1e-6)
    assert abs(found["insertion"][:, ::-1] - drawn(raw, "reading")["deletion"]).max() > 1e-3


def test_srg_is_the_area_of_least_minus_most_salient_first():
    """Insertion read from its end is the curve of the least salient pixels taken away first."""
    found, shares = srg.measure(seen()), np.array(POINTS.shares)
    for row in range(6):
        least_first = auc(1 - shares[::-1], CURVES["insertion"][row][::-1])
        assert found[row] == pytest.approx(least_first - auc(shares, CURVES["deletion"][row]), abs=1e-12)
    assert np.array_equal(found, insertion.measure(seen()) - deletion.measure(seen()))
