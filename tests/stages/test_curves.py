"""Deletion and insertion against RISE's published procedure (tests/rise.py), and against torch-cam's metric."""

import numpy as np
import pytest
import torch
from conftest import opened, small
from rise import rise
from torchcam.methods import CAM
from torchcam.metrics import DeletionInsertionMetric

from cambench.masks import Masking, masks
from cambench.methods._contract import bind
from cambench.metrics._contract import area_under
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.probe import Shard
from cambench.stages import curves, saliency
from cambench.stages.curves import CurveSettings
from cambench.store.layout import curve_points

CLASSES = np.array([1, 3, 0, 4, 2])
DELETION, INSERTION = {"start": "image", "end": "zero"}, {"start": "blur", "end": "image"}
STEPS = 1024 // 32


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def raw():
    return np.random.default_rng(1).normal(size=(5, 8, 8)).astype(np.float32)


def rises(pixels_per_step=32, insertion=INSERTION):
    """What RISE's authors take, but for the pixels per step."""
    return CurveSettings(pixels_per_step, DELETION, insertion)


def clean(probe, shard):
    with torch.no_grad():
        softmax = probe.network(probe.prepare(shard.pixels)).softmax(1).numpy()
    return softmax[np.arange(len(shard.pixels)), shard.classes]


def draw(probe, shard, raw, settings=None, batch=2, relu=True):
    probability = clean(probe, shard)
    return gathered(curves.draw(probe, shard, raw, probability, Masking(relu), settings or rises(), batch))


def check_rise(probe, shard, raw, pixels_per_step, numbers):
    """Every point to 1e-5, and the area as RISE takes it."""
    found, images = draw(probe, shard, raw, rises(pixels_per_step)), probe.prepare(shard.pixels)
    side = probe.input_shape[0]
    U = masks(raw, (side, side), Masking())
    for name in curves.CURVES:
        areas = area_under(found[name], curve_points(side * side, pixels_per_step))
        for n in numbers:
            image = images[n : n + 1].contiguous()
            expected = rise(probe.network, image, U[n], shard.classes[n], name, pixels_per_step)
            np.testing.assert_allclose(found[name][n], expected, atol=1e-5)
            if side * side % pixels_per_step == 0:
                area = (expected.sum() - expected[0] / 2 - expected[-1] / 2) / (len(expected) - 1)
                assert areas[n] == pytest.approx(area, abs=1e-5)


@pytest.mark.parametrize("pixels_per_step", [32, 100])  # the last step of 100 is a short one
def test_rises_procedure_on_a_tiny_network(tiny, pixels, raw, pixels_per_step):
    check_rise(tiny, Shard(pixels, CLASSES), raw, pixels_per_step, range(5))


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


def test_a_constant_map_changes_pixels_in_reading_order(tiny, pixels):
    shard, flat = Shard(pixels, CLASSES), np.ones((5, 8, 8), np.float32)
    ramp = np.linspace(1, 0, 64, dtype=np.float32).reshape(1, 8, 8)
    when = curves._steps_of_pixels(np.zeros((1, 4, 4), np.float32), rises(4), torch.device("cpu"))
    assert when[0].tolist() == [[0] * 12, [1] * 12, [2] * 12, [3] * 12]  # three channels per pixel
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
    settings = CurveSettings(256, {"start": "image", "end": "mean"}, {"start": "blur", "end": "black"})
    images = opened(ghost, pixels)
    mask = masks(np.random.default_rng(0).random((5, 8, 8), np.float32), (32, 32), Masking())
    when = curves._steps_of_pixels(mask, settings, ghost.device)
    drawn = torch.empty((2, 5, 5), device="meta")
    points = torch.tensor([(0, 1), (1, 0), (1, 3)])
    curves._forward(images, drawn, curves._Drawing(points, curves._ends(ghost, images.images, settings), when))
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
        area = area_under(ours[name], curve_points(1024, size)).mean()
        assert area == pytest.approx(theirs.summary()[f"{name}_auc"], abs=1e-4)
