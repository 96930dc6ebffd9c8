"""Deletion and insertion against RISE's published procedure (tests/rise.py), and against torch-cam's metric."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from rise import rise
from torchcam.methods import CAM
from torchcam.metrics import DeletionInsertionMetric

from cambench.masks import Masking, masks
from cambench.methods._contract import bind
from cambench.metrics._contract import area_under
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.points import Points
from cambench.stages import curves, saliency
from cambench.stages.curves import CurveSettings

CLASSES = np.array([1, 3, 0, 4, 2])
DELETION, INSERTION = {"start": "image", "end": "zero"}, {"start": "blur", "end": "image"}
STEPS = 1024 // 32


def rises(pixels_per_step=32, insertion=INSERTION, ties="reading", points="all"):
    """What RISE's authors take, but for the pixels per step, and equal pixels in reading order as in tests/rise.py."""
    return CurveSettings(pixels_per_step, DELETION, insertion, ties, points)


def whole(pixels, pixels_per_step):
    return Points.of(pixels, {"pixels_per_step": pixels_per_step, "points": "all"})


def clean(probe, shard):
    with torch.no_grad():
        softmax = probe.network(probe.prepare(shard.pixels)).double().softmax(1).numpy()
    return softmax[np.arange(len(shard.pixels)), shard.classes]


def draw(probe, shard, raw, settings=None, batch=2, relu=True):
    probability = clean(probe, shard)
    return gathered(curves.draw(probe, shard, raw, probability, Masking(relu), settings or rises(), batch))


def check_rise(probe, shard, raw, pixels_per_step, numbers):
    """Every point to 1e-5, and the area as RISE takes it."""
    found, images = draw(probe, shard, raw, rises(pixels_per_step)), probe.prepare(shard.pixels)
    count = probe.input_shape[0] * probe.input_shape[1]
    U = masks(raw, probe.input_shape, Masking())
    for name in curves.CURVES:
        areas = area_under(found[name], whole(count, pixels_per_step))
        for n in numbers:
            image = images[n : n + 1].contiguous()
            expected = rise(probe.network, image, U[n], shard.classes[n], name, pixels_per_step)
            np.testing.assert_allclose(found[name][n], expected, atol=1e-5)
            if count % pixels_per_step == 0:
                area = (expected.sum() - expected[0] / 2 - expected[-1] / 2) / (len(expected) - 1)
                assert areas[n] == pytest.approx(area, abs=1e-5)


@pytest.mark.parametrize("pixels_per_step", [32, 100])  # the last step of 100 is a short one
def test_rises_procedure_on_a_tiny_network(tiny, pixels, raw, pixels_per_step):
    check_rise(tiny, Shard(pixels, CLASSES), raw, pixels_per_step, range(5))


@pytest.mark.parametrize("shape", [(24, 40), (40, 12)])
@pytest.mark.parametrize("pixels_per_step", [96, 224])
def test_rises_procedure_on_rectangles(shape, pixels_per_step):
    """Rows of pixels are not as long as columns, in images and in maps."""
    block = small()
    block["preprocessing"] = {**block["preprocessing"], "resize": list(shape), "crop": list(shape)}
    probe = open_probe("tiny", block, COMPUTE)
    h, w = probe.map_shape
    assert (h, w) == (shape[0] // 4, shape[1] // 4)
    random = np.random.default_rng(2)
    pixels = random.integers(0, 255, (2, *shape, 3), dtype=np.uint8)
    raw = random.normal(size=(2, h, w)).astype(np.float32)
    check_rise(probe, Shard(pixels, CLASSES[:2]), raw, pixels_per_step, range(2))


def test_rises_procedure_on_the_demo(demo_probe, photographs):
    raw = np.random.default_rng(1).normal(size=(3, 7, 7)).astype(np.float32)
    check_rise(demo_probe, Shard(photographs["pixels"][:3], photographs["label"][:3]), raw, 224 * 28, [0, 2])


def test_passes(tiny, pixels, raw):
    """2 x steps - 1: what both curves share is the clean image, and a black input is one for all images."""
    shard = Shard(pixels, CLASSES)
    assert draw(tiny, shard, raw)["passes"].tolist() == [2 * STEPS - 1] * 5
    everything = draw(tiny, shard, raw, rises(insertion={"start": "mean", "end": "blur"}))
    assert everything["passes"].tolist() == [STEPS - 1 + STEPS + 1] * 5
    constant = draw(tiny, shard, raw, rises(insertion={"start": "zero", "end": "image"}))
    assert constant["passes"].tolist() == [2 * (STEPS - 1)] * 5


@pytest.mark.parametrize("batch", [1, 3, 5])
def test_batches_change_nothing(tiny, pixels, raw, batch):
    shard = Shard(pixels, CLASSES)
    found, expected = draw(tiny, shard, raw, batch=batch), draw(tiny, shard, raw)
    for name in curves.CURVES:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_ends_that_are_known_are_not_forwarded_and_stand_in_their_places(tiny, pixels, raw):
    shard = Shard(pixels, CLASSES)
    found = draw(tiny, shard, raw, rises(insertion={"start": "black", "end": "image"}))
    ends = {kind: curves.background(tiny, tiny.prepare(pixels), kind) for kind in ("zero", "black")}
    with torch.no_grad():
        known = {kind: tiny.network(images).softmax(1).numpy()[np.arange(5), CLASSES] for kind, images in ends.items()}
    np.testing.assert_allclose(found["deletion"][:, 0], clean(tiny, shard), atol=1e-6)
    np.testing.assert_allclose(found["deletion"][:, -1], known["zero"], atol=1e-6)
    np.testing.assert_allclose(found["insertion"][:, 0], known["black"], atol=1e-6)
    np.testing.assert_allclose(found["insertion"][:, -1], clean(tiny, shard), atol=1e-6)


def ranks(tiny, mask, ties, pixels, seeds=None):
    """Step at which each pixel changes, (n, pixels), one at each, and the share that is tied."""
    images = opened(tiny, pixels[: len(mask)], seeds=seeds)
    when, tied = curves._steps_of_pixels(mask, rises(1, ties=ties), images)
    steps = when.reshape(*mask.shape, 3)
    assert (steps == steps[..., :1]).all()  # three channels per pixel
    return steps[..., 0].flatten(1).numpy(), tied.numpy()


def test_equal_pixels(tiny, pixels):
    mask = np.array([[[1, 3, 1], [3, 1, 2]]], np.float32)
    reading, tied = ranks(tiny, mask, "reading", pixels)
    assert reading[0].tolist() == [3, 0, 4, 1, 5, 2]
    assert tied == pytest.approx(5 / 6)
    assert ranks(tiny, mask, "reversed", pixels)[0][0].tolist() == [5, 1, 4, 0, 3, 2]
    drawn = {tuple(ranks(tiny, mask, "random", pixels, [seed])[0][0]) for seed in range(200)}
    assert len(drawn) == 12  # all orders of two and of three equal pixels
    assert all({order[1], order[3]} == {0, 1} and order[5] == 2 for order in drawn)


@pytest.mark.parametrize("ties", ["random", "reading", "reversed"])
def test_the_order_of_equal_pixels_changes_no_other(tiny, pixels, ties):
    """Against numpy, on 5 maps with 40 levels; without ties all orders are one."""
    mask = np.random.default_rng(0).integers(0, 40, (5, 32, 32)).astype(np.float32)
    found, tied = ranks(tiny, mask, ties, pixels)
    assert (np.sort(found, 1) == np.arange(1024)).all()
    by_rank = np.take_along_axis(mask.reshape(5, -1), found.argsort(1), 1)
    assert (np.diff(by_rank) <= 0).all()
    assert (tied == 1).all()  # some 25 pixels at each level
    mask = np.random.default_rng(0).permuted(np.arange(5 * 1024).reshape(5, 32, 32), axis=2).astype(np.float32)
    found, tied = ranks(tiny, mask, ties, pixels)
    np.testing.assert_array_equal(found, np.argsort(np.argsort(-mask.reshape(5, -1))))
    assert (tied == 0).all()


def test_random_order_is_an_images_own_and_the_same_for_all_methods(tiny, pixels):
    seeds, flat, low = np.array([7, 8, 9, 10, 11]), np.zeros((5, 32, 32), np.float32), np.zeros((5, 32, 32), np.float32)
    low[:, 20:] = 1  # another method's map
    first, _ = ranks(tiny, flat, "random", pixels, seeds)
    assert len({tuple(order) for order in first}) == 5
    alone, _ = ranks(tiny, flat[:2], "random", pixels[2:], seeds[2:4])
    np.testing.assert_array_equal(alone, first[2:4])  # in whatever batch
    other, _ = ranks(tiny, low, "random", pixels, seeds)
    upper, lower = slice(0, 20 * 32), slice(20 * 32, None)
    for part in (upper, lower):
        np.testing.assert_array_equal(first[:, part].argsort(1), other[:, part].argsort(1))


def test_the_order_of_equal_pixels_decides_the_curve_of_a_sparse_map(tiny, pixels):
    raw = np.zeros((5, 8, 8), np.float32)
    raw[:, :2] = np.random.default_rng(0).random((5, 2, 8))
    shard = Shard(pixels, CLASSES, np.arange(5))
    drawn = [draw(tiny, shard, raw, rises(ties=ties)) for ties in ("random", "reading", "reversed")]
    for found in drawn:
        np.testing.assert_allclose(found["tied"], (masks(raw, (32, 32), Masking()) == 0).mean((1, 2)), atol=0.2)
        np.testing.assert_array_equal(found["tied"], drawn[0]["tied"])
        # The salient pixels come first in any order; a few at the border are equal.
        np.testing.assert_allclose(found["deletion"][:, :8], drawn[1]["deletion"][:, :8], atol=0.002)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert np.abs(drawn[one]["deletion"] - drawn[other]["deletion"]).max() > 0.01


def test_probabilities_are_float64(tiny, pixels, raw):
    found = draw(tiny, Shard(pixels, CLASSES), raw)
    for name in curves.CURVES:
        assert found[name].dtype == np.float64
        assert (found[name] != found[name].astype(np.float32)).any()


def test_a_constant_map_changes_pixels_in_reading_order(tiny, pixels):
    shard, flat = Shard(pixels, CLASSES), np.ones((5, 8, 8), np.float32)
    ramp = np.linspace(1, 0, 64, dtype=np.float32).reshape(1, 8, 8)
    drawn = draw(tiny, shard, flat)["deletion"]
    assert np.isfinite(drawn).all()
    assert not np.allclose(drawn, draw(tiny, shard, ramp.repeat(5, 0))["deletion"])


def test_backgrounds(tiny, pixels):
    images = tiny.prepare(pixels)
    assert curves.background(tiny, images, "zero").abs().max() == 0
    black = curves.background(tiny, images, "black")
    np.testing.assert_allclose(black.amax((0, 2, 3)), [-0.5 / 0.25] * 3)
    mean = curves.background(tiny, images, "mean")
    np.testing.assert_allclose(mean[:, :, 3, 4], images.mean((2, 3)))
    assert mean.shape == black.shape == images.shape


def test_no_tensor_is_left_on_the_cpu(ghost, pixels):
    settings = CurveSettings(256, {"start": "image", "end": "mean"}, {"start": "blur", "end": "black"}, "random")
    images = opened(ghost, pixels)
    mask = masks(np.random.default_rng(0).random((5, 8, 8), np.float32), (32, 32), Masking())
    when, tied = curves._steps_of_pixels(mask, settings, images)
    assert tied.is_meta
    drawn = torch.empty((2, 5, 5), dtype=torch.float64, device="meta")
    steps = torch.arange(5, dtype=torch.int32, device="meta").expand(5, -1)
    columns, ends = curves._forwarded(settings, 5), curves._ends(ghost, images.images, settings)
    curves._forward(images, drawn, curves._Drawing(columns, steps, ends, when))
    assert drawn.is_meta


def test_torch_cams_metric_is_a_setting(tiny, pixels):
    """Twenty steps, both curves from or to zero.

    On CAM, because that metric makes gradient methods explain the softmax. Clamped borders give equal pixels, which
    rounding ranks differently: hence 1e-4.
    """
    shard = Shard(pixels, CLASSES)
    with CAM(build("tiny", small()), target_layer="relu", fc_layer="fc") as extractor:
        theirs = DeletionInsertionMetric(extractor, lambda logits: logits.softmax(1), steps=20)
        theirs.update(tiny.prepare(pixels).contiguous().requires_grad_(), CLASSES.tolist())
    raw = gathered(saliency.explain(tiny, bind("cam", {}, 5), shard, (8, 8)))["raw"]
    size = -(-1024 // 20)
    ours = draw(tiny, shard, raw, rises(size, {"start": "zero", "end": "image"}), relu=False)
    for name in curves.CURVES:
        area = area_under(ours[name], whole(1024, size)).mean()
        assert area == pytest.approx(theirs.summary()[f"{name}_auc"], abs=1e-4)
