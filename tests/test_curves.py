"""Deletion and insertion against RISE's published procedure, written out here, and against torch-cam's metric."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, settings
from scipy.ndimage import gaussian_filter
from torch.nn.functional import conv2d
from torchcam.methods import CAM
from torchcam.metrics import DeletionInsertionMetric

from cambench import curves, layout, metrics, models, networks, registry, saliency, scaling
from cambench.runtime import gathered

CLASSES = np.array([1, 3, 0, 4, 2])
RISE = {
    "pixels_per_step": 32,
    "deletion": {"start": "image", "end": "zero"},
    "insertion": {"start": "blur", "end": "image"},
}
POINTS = layout.curve_points(32 * 32, RISE["pixels_per_step"])


@pytest.fixture(scope="module")
def tiny():
    return networks.open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def raw():
    return np.random.default_rng(1).normal(size=(5, 8, 8)).astype(np.float32)


def clean(probe, pixels):
    with torch.no_grad():
        return probe.network(probe.prepare(pixels)).softmax(1).numpy()[np.arange(5), CLASSES]


def draw(probe, pixels, raw, batch=2, relu=True, **changes):
    probability, options = clean(probe, pixels), {**RISE, **changes}
    return gathered(curves.draw(probe, raw, pixels, CLASSES, probability, batch, relu, "scale_then_upsample", options))


def rise(network, image, salience, c, mode, step=RISE["pixels_per_step"]):
    """One image's curve, a pass a step, as RISE's evaluation goes about it; ties in reading order."""
    delta = np.zeros((11, 11))
    delta[5, 5] = 1
    kernel = torch.zeros((3, 3, 11, 11))
    for channel in range(3):
        kernel[channel, channel] = torch.from_numpy(gaussian_filter(delta, 5))
    if mode == "deletion":
        start, finish = image.clone(), torch.zeros_like(image)
    else:
        start, finish = conv2d(image, kernel, padding=5), image.clone()
    side = image.shape[2]
    n_steps = -(-side * side // step)
    order = np.argsort(-salience.reshape(-1), kind="stable")
    scores = []
    for i in range(n_steps + 1):
        with torch.no_grad():
            scores.append(float(network(start).softmax(1)[0, c]))
        chosen = order[step * i : step * (i + 1)]
        start.reshape(3, -1)[:, chosen] = finish.reshape(3, -1)[:, chosen]
    return np.array(scores)


def check_rise(probe, pixels, raw, classes, pixels_per_step, numbers):
    """Every point to 1e-5, and the area as RISE takes it."""
    with torch.no_grad():
        images = probe.prepare(pixels)
        probability = probe.network(images).softmax(1).numpy()[np.arange(len(pixels)), classes]
    options = {**RISE, "pixels_per_step": pixels_per_step}
    found = gathered(curves.draw(probe, raw, pixels, classes, probability, 2, True, "scale_then_upsample", options))
    side = pixels.shape[1]
    U = scaling.masks(raw, (side, side), True, "scale_then_upsample")
    points = layout.curve_points(side * side, pixels_per_step)
    for name in curves.CURVES:
        areas = metrics.area_under(found[name], points, "trapezoid")
        for n in numbers:
            image = images[n : n + 1].contiguous()
            expected = rise(probe.network, image, U[n], classes[n], name, pixels_per_step)
            np.testing.assert_allclose(found[name][n], expected, atol=1e-5)
            if side * side % pixels_per_step == 0:
                area = (expected.sum() - expected[0] / 2 - expected[-1] / 2) / (len(expected) - 1)
                assert areas[n] == pytest.approx(area, abs=1e-5)


@pytest.mark.parametrize("pixels_per_step", [32, 100])  # the last step of 100 is a short one
def test_rises_procedure_on_a_tiny_network(tiny, pixels, raw, pixels_per_step):
    check_rise(tiny, pixels, raw, CLASSES, pixels_per_step, range(5))


def test_rises_procedure_on_the_demo(demo_probe, photographs):
    raw = np.random.default_rng(1).normal(size=(3, 7, 7)).astype(np.float32)
    check_rise(demo_probe, photographs["pixels"][:3], raw, photographs["label"][:3], 224 * 28, [0, 2])


def test_passes(tiny, pixels, raw):
    """2 x steps - 1: what both curves share is the clean image, and a black input is one for all images."""
    steps = len(POINTS) - 1
    assert draw(tiny, pixels, raw)["passes"].tolist() == [2 * steps - 1] * 5
    everything = draw(tiny, pixels, raw, insertion={"start": "mean", "end": "blur"})
    assert everything["passes"].tolist() == [steps - 1 + steps + 1] * 5
    constant = draw(tiny, pixels, raw, insertion={"start": "zero", "end": "image"})
    assert constant["passes"].tolist() == [2 * (steps - 1)] * 5


@pytest.mark.parametrize("batch", [1, 3, 5])
def test_batches_change_nothing(tiny, pixels, raw, batch):
    found, expected = draw(tiny, pixels, raw, batch), draw(tiny, pixels, raw)
    for name in curves.CURVES:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_a_constant_map_changes_pixels_in_reading_order(tiny, pixels):
    flat, ramp = np.ones((5, 8, 8), np.float32), np.linspace(1, 0, 64, dtype=np.float32).reshape(1, 8, 8)
    when = curves._steps_of_pixels(np.zeros((1, 4, 4), np.float32), 4, torch.device("cpu"))
    assert when[0].tolist() == [[0] * 12, [1] * 12, [2] * 12, [3] * 12]  # three channels a pixel
    assert np.isfinite(draw(tiny, pixels, flat)["deletion"]).all()
    assert not np.allclose(draw(tiny, pixels, flat)["deletion"], draw(tiny, pixels, ramp.repeat(5, 0))["deletion"])


def test_backgrounds(tiny, pixels):
    images = tiny.prepare(pixels)
    assert curves.background(tiny, images, "zero").abs().max() == 0
    black = curves.background(tiny, images, "black")
    np.testing.assert_allclose(black.amax((0, 2, 3)), [-0.5 / 0.25] * 3)
    mean = curves.background(tiny, images, "mean")
    np.testing.assert_allclose(mean[:, :, 3, 4], images.mean((2, 3)))
    assert mean.shape == black.shape == images.shape


def test_areas():
    curve = np.array([[1.0, 0.5, 0.0]])
    assert metrics.area_under(curve, [0, 0.5, 1], "trapezoid")[0] == pytest.approx(0.5)
    assert metrics.area_under(curve, [0, 0.8, 1], "trapezoid")[0] == pytest.approx(0.6 + 0.05)
    assert metrics.area_under(curve, [0, 0.8, 1], "mean")[0] == pytest.approx(0.5)
    assert layout.curve_points(10, 4) == [0, 0.4, 0.8, 1]


def test_torch_cams_metric_is_a_setting(tiny, pixels):
    """Twenty steps, both curves from or to zero.

    On CAM, because that metric makes gradient methods explain the softmax. Clamped borders give equal pixels, which
    rounding ranks differently: hence 1e-4.
    """
    network = models.build("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING))
    with CAM(network, target_layer="relu", fc_layer="fc") as extractor:
        theirs = DeletionInsertionMetric(extractor, lambda logits: logits.softmax(1), steps=20)
        theirs.update(tiny.prepare(pixels).contiguous().requires_grad_(), CLASSES.tolist())
    maps = saliency.explain(tiny, registry.load("cam"), pixels, CLASSES, np.arange(5), 5, {}, (8, 8))
    raw = gathered(maps)["raw"]
    size = -(-1024 // 20)
    from_zero = {"start": "zero", "end": "image"}
    ours = draw(tiny, pixels, raw, relu=False, pixels_per_step=size, insertion=from_zero)
    points = layout.curve_points(1024, size)
    for name in curves.CURVES:
        area = metrics.area_under(ours[name], points, "trapezoid").mean()
        assert area == pytest.approx(theirs.summary()[f"{name}_auc"], abs=1e-4)
