"""Every method keeps the contract: shape, finite, repeatable, the same whatever the batch, nothing left behind."""

import gc
import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, ROOT, opened, settings

from cambench import curves, networks, registry
from cambench.masked import explain_masked, mask_images, masks_on
from cambench.runtime import Batches, gathered
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


@pytest.mark.parametrize("mixed", [False, True])
def test_the_shorter_graph_gives_autograds_gradient(mixed, pixels, classes):
    """Of a head that is a map a class; where a logit depends on other maps, the graph stays whole."""
    block = settings(factory="tiny:Mapped", arguments={"mixed": mixed}, layer="stem", preprocessing=PREPROCESSING)
    probe = networks.open_probe("mapped", block, COMPUTE)
    assert probe._class_channel.conv is (None if mixed else probe.network.maps)
    images = opened(probe, pixels)
    for wanted in (classes, classes.flip(0)):
        A, g = probe.gradients(images, wanted)
        leaf = A.clone().requires_grad_()
        logits = probe.network.maps(leaf.relu()).relu().mean((2, 3))
        logits = logits.log_softmax(1) if mixed else logits
        (expected,) = torch.autograd.grad(logits.gather(1, wanted[:, None]).sum(), leaf)
        assert g.any()
        assert torch.allclose(g, expected, atol=1e-7)


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
    found = gathered(explain_masked(probe, cam, raw, pixels, classes.numpy(), seeds, 4, {}, facts.relu, masking))
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


@pytest.fixture(scope="module")
def ghost():
    """The network on torch's meta device: tensors have shapes and no numbers, and don't mix with others."""
    block = settings(factory="tiny:Tiny", preprocessing=PREPROCESSING)
    return networks.open_probe("tiny", block, {**COMPUTE, "device": "meta"})


ONE_PASS = [
    name for name in COMPUTED if name not in ("scorecam", "cam")
]  # which look at numbers: live channels, a head


@pytest.mark.parametrize("name", ONE_PASS)
def test_no_tensor_is_left_on_the_cpu(name, ghost, pixels):
    classes = torch.zeros(6, dtype=torch.int64, device="meta")
    assert registry.load(name)(ghost, opened(ghost, pixels), classes).is_meta


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
@pytest.mark.parametrize("size", [(32, 32), (7, 9), (5, 224)])
def test_masks_are_the_same_on_a_device(order, size):
    raw = np.random.default_rng(0).normal(size=(6, 7, 9)).astype(np.float32)
    raw[3], raw[4, 0, 0] = 1, np.nan
    found = masks_on(torch.device("cpu"), raw, size, True, order).numpy()
    np.testing.assert_allclose(found, masks(raw, size, True, order), atol=1e-6)


def test_a_tensor_left_on_the_cpu_is_caught(ghost, pixels):
    with pytest.raises(RuntimeError, match="device"):
        ghost.activations(opened(ghost, pixels)) + torch.ones(6, 4, 8, 8)


def test_stages_leave_no_tensor_on_the_cpu(ghost, pixels):
    maps = np.random.default_rng(0).random((6, 8, 8), np.float32)
    mask = masks(maps, (32, 32), True, "scale_then_upsample")
    there = masks_on(ghost.device, maps, (32, 32), True, "scale_then_upsample")
    assert all(mask_images(ghost, pixels, there, space).is_meta for space in ("normalised", "pixels"))
    images = opened(ghost, pixels)
    wanted = {"deletion": {"start": "image", "end": "mean"}, "insertion": {"start": "blur", "end": "black"}}
    ends, when = curves._ends(ghost, images, wanted), curves._steps_of_pixels(mask, 256, ghost.device)
    drawn = torch.empty((2, 6, 5), device="meta")
    points = torch.tensor([(0, 1), (1, 0), (1, 3)])
    curves._forward(ghost, drawn, ends, when, points, torch.zeros(6, dtype=torch.int64, device="meta"))
    assert drawn.is_meta


def test_results_of_batches_come_in_order_with_the_last_one_late():
    """A batch's results are fetched when the next one is in the queue, so that a GPU never waits for its host."""
    queued, seen = [], []

    def one(start, stop):
        queued.append(start)
        return (torch.arange(start, stop),)

    for start, stop, (values,) in Batches(2).each(one, 5):
        seen.append((start, values.tolist()))
        assert values.tolist() == list(range(start, stop))
        assert len(queued) == min(3, len(seen) + 1)
    assert seen == [(0, [0, 1]), (2, [2, 3]), (4, [4])]


def test_jobs_on_a_machine_of_several_gpus_take_different_ones(tmp_path):
    code = "import sys, pathlib; from cambench.runtime import free_gpu; "
    code += "print(free_gpu(2, pathlib.Path(sys.argv[1])), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT / "workflow"}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        found = {int(first.stdout.readline()), int(second.stdout.readline())}
        with subprocess.Popen(command, **pipes) as third:
            assert int(third.stdout.readline()) in (0, 1)
            third.stdin.close()
        first.stdin.close()
        second.stdin.close()
    assert found == {0, 1}


@pytest.mark.slow
def test_a_compiled_network_gives_the_same_maps(pixels, classes):
    block = settings(factory="tiny:Tiny", preprocessing=PREPROCESSING)
    plain, compiled = (networks.open_probe("tiny", block, {**COMPUTE, "compile": on}) for on in (False, True))
    maps = [registry.load("scorecam")(probe, opened(probe, pixels), classes) for probe in (plain, compiled)]
    assert torch.allclose(*maps, atol=1e-5)
    assert plain.passes.tolist() == compiled.passes.tolist()
