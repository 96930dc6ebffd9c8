"""A network whose classes do not exclude each other: every stage and method takes sigmoids, written out once more."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from torch.nn.functional import interpolate

from cambench.masks import Masking, masks_on
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import curves, masked, predictions

PIXELS = np.random.default_rng(2).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([1, 3, 0])
RAW = np.random.default_rng(1).random((3, 8, 8), np.float32)
SHARD = Shard(PIXELS, CLASSES)


@pytest.fixture(scope="module")
def multi():
    return open_probe("multi", small(score="sigmoid"), COMPUTE)


def probability(probe, inputs, classes=CLASSES):
    """Sigmoid of each input's class, by numpy."""
    with torch.no_grad():
        logits = probe.network(inputs).double().numpy()
    return 1 / (1 + np.exp(-logits[np.arange(len(logits)), classes]))


def test_predictions(multi):
    found = gathered(predictions.predict(multi, PIXELS, CLASSES, "label", 2))
    expected = probability(multi, multi.prepare(PIXELS))
    np.testing.assert_allclose(found["probability"], expected, rtol=1e-6)
    assert opened(multi, PIXELS, CLASSES).probability().numpy() == pytest.approx(expected, rel=1e-6)


def test_masked_inputs(multi):
    found = gathered(masked.explain_masked(multi, bind("centre", {}, 4), SHARD, RAW[:, :, :], Masking()))
    U = masks_on(multi.device, RAW, (32, 32), Masking())
    expected = probability(multi, multi.prepare(PIXELS) * U[:, None])
    np.testing.assert_allclose(found["probability"], expected, rtol=1e-5)


def test_curves(multi):
    """At the ends, and in the middle of the deletion of what lies above, whose mask is given."""
    settings = curves.CurveSettings(
        512, {"start": "image", "end": "zero"}, {"start": "black", "end": "image"}, "reading"
    )
    top = np.repeat(np.arange(8, 0, -1, dtype=np.float32), 8).reshape(1, 8, 8).repeat(3, 0)
    images = multi.prepare(PIXELS)
    clean, zero = probability(multi, images), probability(multi, images * 0)
    black = probability(multi, multi.prepare(np.zeros_like(PIXELS)))
    found = gathered(curves.draw(multi, SHARD, top, clean, Masking(), settings, 2))
    half = images.clone()
    half[:, :, :16] = 0
    assert found["deletion"].shape == (3, 3)
    for column, expected in enumerate((clean, probability(multi, half), zero)):
        np.testing.assert_allclose(found["deletion"][:, column], expected, rtol=1e-5)
    np.testing.assert_allclose(found["insertion"][:, 0], black, rtol=1e-5)


def test_reciprocam(multi):
    batch = opened(multi, PIXELS, CLASSES)
    A, maps = batch.activations(), bind("reciprocam", {}, 4)(batch)[0]
    alone = torch.zeros_like(A)
    alone[:, :, 2, 5] = A[:, :, 2, 5]
    fc = multi.network.fc
    expected = torch.sigmoid(fc(alone.mean((2, 3))))[torch.arange(3), torch.from_numpy(CLASSES)]
    torch.testing.assert_close(maps[:, 2, 5], expected)


@pytest.mark.parametrize("variant", ["wang2020", "poppi2021"])
def test_scorecam(multi, variant):
    batch = opened(multi, PIXELS, CLASSES)
    A, maps = batch.activations(), bind("scorecam", {"variant": variant}, 4)(batch)[0]
    low, high = A.amin((2, 3), keepdim=True), A.amax((2, 3), keepdim=True)
    H = (A - low) / (high - low).clamp(min=1e-30)
    scores = np.stack(
        [
            probability(multi, batch.images * interpolate(H[:, k : k + 1], (32, 32), mode="bilinear"))
            for k in range(A.shape[1])
        ],
        axis=1,
    )
    s = torch.from_numpy(scores)
    live = (high > low)[:, :, 0, 0]
    weights, base = (s.softmax(1), A) if variant == "wang2020" else (torch.where(live, s, 0), H)
    torch.testing.assert_close(maps.double(), (weights[:, :, None, None] * base.double()).sum(1), rtol=1e-4, atol=1e-6)
