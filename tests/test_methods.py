"""Every method keeps the contract: shape, finite, repeatable, the same whatever the batch, nothing left behind."""

import gc

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings

from cambench import networks, registry
from cambench.masked import explain_masked
from cambench.scaling import masks

PASSES = {"fakecam": 0, "random": 0, "centre": 0, "smoothgradcampp": 9, "scorecam": 5}  # all others 1
COMPUTED = [name for name in registry.names() if registry.facts(name).resolution != "file"]
# Tiny: four channels, of which one is constant: 1 clean + 3 live + 1 for the constant one.


@pytest.fixture(scope="module")
def probe():
    return networks.open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def classes():
    return torch.tensor([0, 1, 2, 3, 4, 0])


@pytest.mark.parametrize("name", COMPUTED)
def test_contract(name, probe, pixels, classes):
    cam, facts = registry.load(name), registry.facts(name)
    shape = probe.input_shape if facts.resolution == "input" else probe.map_shape
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in probe.network.modules()]
    maps = cam(probe, opened(probe, pixels), classes)
    assert maps.shape == (6, *shape)
    assert maps.isfinite().all()
    assert not maps.requires_grad
    assert probe.passes.tolist() == [PASSES.get(name, 1)] * 6
    again = cam(probe, opened(probe, pixels), classes)
    assert torch.equal(maps, again)
    order = [4, 1]
    few = cam(probe, opened(probe, pixels[order], np.array(order)), classes[order])
    assert torch.allclose(few, maps[order], atol=1e-6)
    assert hooks == [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in probe.network.modules()]
    assert all("forward" not in vars(m) for m in probe.network.modules())
    probe.close()
    del maps, again, few
    gc.collect()
    assert all(p.grad is None for p in probe.network.parameters())


@pytest.mark.parametrize("name", COMPUTED)
def test_one_pass_of_the_masked_input_gives_probability_and_map(name, probe, pixels, classes):
    cam, facts = registry.load(name), registry.facts(name)
    raw = cam(probe, opened(probe, pixels), classes).numpy()
    masking = {"order": "scale_then_upsample", "space": "normalised"}
    seeds = np.arange(6)
    found = explain_masked(probe, cam, raw, pixels, classes.numpy(), seeds, 4, {}, facts.relu, masking)
    expected = max(1, PASSES.get(name, 1))
    live = name == "scorecam"  # whose number of passes depends on which channels the masked input leaves constant
    assert (found["passes"] <= expected).all() if live else (found["passes"] == expected).all()
    images = probe.prepare(pixels) * torch.from_numpy(masks(raw, (32, 32), facts.relu, masking["order"]))[:, None]
    with torch.no_grad():
        softmax = probe.network(images).softmax(1)
    assert np.allclose(found["probability"], softmax[torch.arange(6), classes], atol=1e-6)
    probe.open(images, seeds, draw=1)
    assert np.allclose(found["raw"], cam(probe, images, classes), atol=1e-5)


def test_facts_are_read_without_importing():
    assert registry.facts("scorecam").costly
    assert registry.facts("scorecam").settings == {"score": "probability", "variant": "wang2020"}
    assert registry.facts("fakecam").resolution == "input"
    assert not registry.facts("cam").relu


def test_random_methods_draw_anew_for_the_masked_image(probe, pixels, classes):
    cam = registry.load("random")
    clean = cam(probe, opened(probe, pixels), classes)
    masked = cam(probe, opened(probe, pixels, draw=1), classes)
    assert not torch.allclose(clean, masked)


def test_one_clean_pass_serves_every_question(probe, pixels, classes):
    images = opened(probe, pixels)
    probe.probability(images, classes)
    probe.gradients(images, classes)
    probe.activations(images)
    assert probe.passes.tolist() == [1] * 6


def test_gradients_of_several_classes(probe, pixels, classes):
    images = opened(probe, pixels)
    A, first = probe.gradients(images, classes)
    other = (classes + 1) % 5
    _, second = probe.gradients(images, other)
    W = probe.network.fc.weight
    cells = A.shape[2] * A.shape[3]
    assert torch.allclose(first[:, :, 0, 0] * cells, W[classes])
    assert torch.allclose(second[:, :, 0, 0] * cells, W[other])
    assert probe.passes.tolist() == [1] * 6


def test_out_of_memory_halves_the_batch(pixels, classes):
    from tiny import Hungry

    from cambench.runtime import Batches

    torch.manual_seed(0)
    network, seen = Hungry().eval(), Batches(6)
    inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        logits = seen.run(lambda start, stop: network(inputs[start:stop]), 6)
        assert seen.size == 3
        assert torch.allclose(logits, torch.cat([network(inputs[:3]), network(inputs[3:])]))
        with pytest.raises(torch.OutOfMemoryError):
            Batches(1).run(lambda start, stop: network(inputs), 6)


def test_head_inside_a_residual_block_makes_whole_passes(pixels):
    block = settings(factory="tiny:Residual", preprocessing=PREPROCESSING, layer="branch")
    probe = networks.open_probe("residual", block, COMPUTE)
    images = opened(probe, pixels)
    A = probe.activations(images)
    owners = torch.arange(6)
    assert not probe.head_alone
    assert torch.allclose(probe.head(lambda a, b: A[a:b], owners), probe.logits(images), atol=1e-5)
    assert probe.passes.tolist() == [2] * 6
