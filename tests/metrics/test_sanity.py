"""Class sensitivity, efficient MPRT and max-sensitivity: closed forms, other packages, open cases."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from cambench.masks import Masking
from cambench.metrics import Explained, class_sensitivity, efficient_mprt, max_sensitivity

SIZE = (30, 44)
RNG = np.random.default_rng(0)
RAW, OTHER = RNG.normal(size=(2, 6, 7, 9)).astype(np.float32)
# Maps of which Quantus was asked, see below.
WAVES = np.sin(np.arange(2 * 3 * 4 * 5) * 1.3).reshape(2, 3, 4, 5).astype(np.float32)


def seen(raw=RAW, size=SIZE, relu=True, order="scale_then_upsample", **made):
    p = np.full(len(raw), 0.5)
    made = {name.replace("__", "."): values for name, values in made.items()}
    return Explained(p, p, raw, None, size, Masking(relu, order), made=made)


def similarity(other=OTHER, **more):
    return class_sensitivity.measure(seen(other_class__raw=other, **more))


def rise(other=OTHER, **more):
    return efficient_mprt.measure(seen(random_weights__raw=other, **more))


def upsampled(raw, size=SIZE, relu=True):
    """U once more, by torch, float64."""
    maps = torch.from_numpy(raw).double()
    maps = (maps.relu() if relu else maps).flatten(1)
    low, high = maps.amin(1, keepdim=True), maps.amax(1, keepdim=True)
    maps = ((maps - low) / (high - low)).view(raw.shape)
    return torch.nn.functional.interpolate(maps[:, None], size, mode="bilinear")[:, 0].numpy()


@pytest.mark.parametrize("relu", [True, False])
def test_similarity_is_numpys_correlation(relu):
    one, two = (upsampled(raw, relu=relu).reshape(6, -1) for raw in (RAW, OTHER))
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(one, two, strict=True)]
    np.testing.assert_allclose(similarity(relu=relu), expected, atol=1e-6)


def test_entropy_is_scipys():
    random, trained = (
        np.array([stats.entropy(np.histogram(map, bins=100)[0]) for map in upsampled(raw)]) for raw in (OTHER, RAW)
    )
    np.testing.assert_allclose(rise(), (random - trained) / trained, atol=2e-3)  # a pixel at an edge changes its bin


def test_numbers_of_quantus():
    """What Quantus 0.6.0 gave for U of these maps: `correlation_pearson`, and of `discrete_entropy` (b - a) / a.

    Its RandomLogit with that similarity, on `Tiny` with two classes and Grad-CAM written out, gave what stage
    `other_class` and the metric give, to six decimals.
    """
    raw, other = WAVES
    found = similarity(other, raw=raw, size=(12, 20))
    np.testing.assert_allclose(found, [-0.770932, -0.773157, -0.739212], atol=2e-6)
    found = rise(other, raw=raw, size=(12, 20))
    np.testing.assert_allclose(found, [0.105917, -0.063508, -0.078962], atol=2e-6)


def structural(a, b, window=7):
    """Structural similarity (Wang et al., 2004) of maps in [0, 1], as scikit-image computes it by default."""
    unbiased = window**2 / (window**2 - 1)

    def mean(values):
        return ndimage.uniform_filter(values, window)

    ma, mb = mean(a), mean(b)
    va, vb, vab = ((mean(x * y) - mean(x) * mean(y)) * unbiased for x, y in ((a, a), (b, b), (a, b)))
    found = (2 * ma * mb + 1e-4) * (2 * vab + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    return found[window // 2 : -(window // 2), window // 2 : -(window // 2)].mean()


def test_why_it_is_not_structural_similarity():
    """Two blobs far apart: zeros around them make them alike, the more the larger the input is."""
    raw = np.zeros((2, 7, 7), np.float32)
    raw[0, 1, 1] = raw[1, 5, 5] = 1
    alike = [structural(*upsampled(raw, (side, side))) for side in (28, 224)]
    assert alike[0] < 0.65 < 0.7 < alike[1]
    ours = [float(similarity(raw[1:], raw=raw[:1], size=(side, side))[0]) for side in (28, 224)]
    assert ours == pytest.approx([-0.03, -0.03], abs=0.02)


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
def test_maps_whose_similarity_is_known(order):
    assert similarity(3 * RAW + 1, relu=False, order=order) == pytest.approx(np.ones(6), abs=1e-6)
    assert similarity(5 - RAW, relu=False, order=order) == pytest.approx(-np.ones(6), abs=1e-6)


def test_maps_whose_entropy_is_known():
    """A half against four quarters: ln 4 is twice ln 2. No scaling changes an entropy."""
    halves, quarters = np.zeros((1, 4, 8), np.float32), np.repeat(np.arange(4, dtype=np.float32), 8).reshape(1, 4, 8)
    halves[:, 2:] = 7
    assert rise(quarters, raw=halves, size=(4, 8)) == pytest.approx([1])
    assert rise(halves, raw=quarters, size=(4, 8)) == pytest.approx([-0.5])
    assert rise(1000 * quarters, raw=quarters, size=(4, 8)).tolist() == [0]
    assert efficient_mprt.entropies(quarters) == pytest.approx([np.log(4)])


def test_maps_that_do_not_look_at_what_changes():
    assert similarity(RAW) == pytest.approx(np.ones(6))
    assert rise(RAW).tolist() == [0] * 6


def test_constant_maps():
    """Of the explained class and the trained network they are worst; else they have nothing in common with a map."""
    flat = np.full_like(RAW, 3)
    assert similarity(flat, raw=flat).tolist() == similarity(OTHER, raw=flat).tolist() == [1] * 6
    assert similarity(flat).tolist() == [0] * 6
    assert rise(flat, raw=flat).tolist() == rise(OTHER, raw=flat).tolist() == rise(flat).tolist() == [-1] * 6


@pytest.mark.parametrize("which", [0, 1])
def test_maps_that_are_not_finite_are_worst(which):
    maps = [RAW.copy(), OTHER.copy()]
    maps[which][2, 0, 0] = np.nan
    assert similarity(maps[1], raw=maps[0])[2] == 1
    assert rise(maps[1], raw=maps[0])[2] == -1
    assert np.isfinite(similarity(maps[1], raw=maps[0])).all()
    images = seen(raw=maps[0], other_class__raw=maps[1])
    assert images.nonfinite.tolist() == [False, False, True, False, False, False]


def test_the_largest_change_of_those_that_were_measured():
    change = RNG.random((6, 10))
    change[4:] = np.nan
    images = seen(sensitivity__change=change)
    found = max_sensitivity.measure(images)
    assert found[:4].tolist() == change[:4].max(1).tolist()
    assert np.isnan(found[4:]).all()
    assert not images.nonfinite.any()  # nobody asked


@pytest.mark.parametrize("metric", [class_sensitivity, efficient_mprt, max_sensitivity])
def test_without_a_second_map_there_is_no_value(metric):
    """As of maps that come from a file, whose method cannot run again."""
    assert metric.measure(seen()) is None
