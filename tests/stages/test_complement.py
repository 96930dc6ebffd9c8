"""The image without what its map shows: in both spaces, one pass each, whatever the batch."""

import numpy as np
import pytest
import torch
from conftest import opened

from cambench.masks import Masking, masks, masks_on
from cambench.methods._contract import bind
from cambench.metrics import Explained, average_drop_in_deletion
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.stages.complement import take_away
from cambench.stages.saliency import explain

CLASSES = np.array([1, 3, 0, 4, 2])


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
@pytest.mark.parametrize("space", ["normalised", "pixels"])
def test_what_is_forwarded(tiny, pixels, raw, space, order):
    """x (1 - U), or x (1 - U) + b U with b what black is, written out."""
    found = gathered(take_away(tiny, Shard(pixels, CLASSES), raw, Masking(order=order, space=space), 2))
    U = torch.from_numpy(masks(raw, (32, 32), Masking(order=order)))[:, None]
    x, b = tiny.prepare(pixels), tiny.prepare(np.zeros_like(pixels)) * (space == "pixels")
    with torch.no_grad():
        expected = tiny.network(x * (1 - U) + b * U).double().softmax(1).numpy()[np.arange(5), CLASSES]
    np.testing.assert_allclose(found["probability"], expected, rtol=1e-5)
    assert found["probability"].dtype == np.float64
    assert found["passes"].tolist() == [1] * 5


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_batches_change_nothing(tiny, pixels, raw, batch):
    shard = Shard(pixels, CLASSES)
    found, expected = (gathered(take_away(tiny, shard, raw, Masking(), size)) for size in (batch, 5))
    np.testing.assert_allclose(found["probability"], expected["probability"], rtol=1e-6)


def test_maps_that_show_nothing_or_everything(tiny, pixels):
    """A constant map takes nothing away; one that hides a pixel leaves that alone."""
    flat, clean = np.ones((5, 8, 8), np.float32), opened(tiny, pixels, CLASSES).probability()
    found = gathered(take_away(tiny, Shard(pixels, CLASSES), flat, Masking(), 5))
    np.testing.assert_allclose(found["probability"], clean, rtol=1e-6)
    fake = np.ones((5, 32, 32), np.float32)
    fake[:, 0, 0] = 0
    found = gathered(take_away(tiny, Shard(pixels, CLASSES), fake, Masking(relu=False), 5))
    left = torch.zeros((5, 3, 32, 32))
    left[:, :, 0, 0] = tiny.prepare(pixels)[:, :, 0, 0]
    np.testing.assert_allclose(found["probability"], opened_probability(tiny, left), rtol=1e-6)


def opened_probability(probe, inputs):
    with torch.no_grad():
        return probe.network(inputs).double().softmax(1).numpy()[np.arange(len(inputs)), CLASSES]


def test_fakecam_wins_it(demo_probe, photographs):
    """It takes all of the image away but a pixel: ADD asks for what is missed, and not for how little is shown."""
    pixels, means = photographs["pixels"][:6], {}
    classes = np.argmax(opened(demo_probe, pixels).logits().numpy(), 1)
    p = opened(demo_probe, pixels, classes).probability().numpy()
    shard = Shard(pixels, classes, np.arange(6))
    for name in ("fakecam", "gradcam", "layercam", "random"):
        shape = (224, 224) if name == "fakecam" else demo_probe.map_shape
        raw = gathered(explain(demo_probe, bind(name, {}, 8), shard, shape))["raw"]
        made = gathered(take_away(demo_probe, shard, raw, Masking(relu=name != "fakecam"), 8))
        seen = Explained(p, p, raw, made={"complement.probability": made["probability"]})
        means[name] = average_drop_in_deletion.measure(seen).mean()
    assert max(means, key=means.get) == "fakecam"
    assert means["fakecam"] > 0.95


def test_no_tensor_is_left_on_the_cpu(ghost, pixels, raw, monkeypatch):
    monkeypatch.setattr("cambench.networks.batches._land", lambda tensors: lambda: tensors)
    (found,) = take_away(ghost, Shard(pixels, CLASSES), raw, Masking(space="pixels"), 5)
    assert all(values.is_meta for values in found.values())
    assert masks_on(ghost.device, raw, (32, 32), Masking()).is_meta
