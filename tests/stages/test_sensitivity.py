"""Max-sensitivity: captum's numbers, what the noise depends on, which images are measured, and what is forwarded."""

import numpy as np
import pytest
import torch
from captum.metrics import sensitivity_max
from conftest import COMPUTE, PREPROCESSING, small

from cambench.errors import InputError
from cambench.masks import Masking
from cambench.methods import facts
from cambench.methods._contract import Method, bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.probe import Probe, Shard
from cambench.stages.saliency import explain
from cambench.stages.sensitivity import Copies, measure

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([0, 1, 2, 3, 4, 0])
SHARD = Shard(PIXELS, CLASSES, np.arange(6))
FEW = Copies(3, 0.1, 100)


def measured(probe, method="gradcam", settings=FEW, shard=SHARD, raw=None, order="scale_then_upsample", batch=8):
    own = bind(method, {}, batch) if isinstance(method, str) else method
    relu = facts(method).relu if isinstance(method, str) else True
    shape = probe.input_shape if isinstance(method, str) and facts(method).resolution == "input" else probe.map_shape
    raw = gathered(explain(probe, own, shard, shape))["raw"] if raw is None else raw
    return gathered(measure(lambda: probe, own, shard, raw, Masking(relu, order), settings))


class Recording:
    """A method whose map is the mean of the channels of its input, at the layer's size; it keeps what it was given."""

    def __init__(self):
        self.inputs, self.seeds = [], []

    def __call__(self, batch):
        self.inputs.append(batch.images.clone())
        self.seeds.append(batch.seeds)
        return torch.nn.functional.avg_pool2d(batch.images.mean(1), 4)


def noise_of(probe, settings=FEW, shard=SHARD, batch=8):
    """The noise of each copy, (n, copies, 3, H, W), as a method sees it."""
    recording = Recording()
    raw = np.zeros((len(shard.pixels), *probe.map_shape), np.float32)
    measured(probe, Method(recording, {}, batch), settings, shard, raw)
    copies = [torch.cat(recording.inputs[number :: settings.copies]) for number in range(settings.copies)]
    return torch.stack(copies, 1) - probe.prepare(shard.pixels)[:, None]


def upsampled(A, g):
    """U of Grad-CAM, written out."""
    maps = (g.mean((2, 3), keepdim=True) * A).sum(1).relu()
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return torch.nn.functional.interpolate(((maps - low) / (high - low))[:, None], (32, 32), mode="bilinear")


def explaining(network):
    """What captum asks: a function of inputs that gives a tuple of maps."""

    def explain(inputs, target):
        inputs, kept = inputs[0] if isinstance(inputs, tuple) else inputs, []

        def keep(_, __, output):
            kept.append(output.clone().requires_grad_())
            return kept[0]

        hook = network.relu.register_forward_hook(keep)
        with torch.enable_grad():
            logits = network(inputs)
            hook.remove()
            (g,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), kept)
        return (upsampled(kept[0].detach(), g),)

    return explain


@pytest.mark.parametrize("batch", [8, 2])
def test_numbers_are_captums(tiny, batch):
    """With the same noise, whose images captum repeats one by one."""
    noise, network = noise_of(tiny), build("tiny", small())
    theirs = sensitivity_max(
        explaining(network),
        tiny.prepare(PIXELS).contiguous(),
        perturb_func=lambda inputs: inputs + noise.flatten(0, 1),
        n_perturb_samples=3,
        target=torch.from_numpy(CLASSES),
    )
    found = measured(tiny, batch=batch)
    assert found["change"].shape == (6, 3)
    np.testing.assert_allclose(found["change"].max(1), theirs, rtol=1e-3)
    assert theirs.min() > 0.01


def test_noise_is_uniform_and_within_its_radius(tiny):
    noise = noise_of(tiny, Copies(8, 0.02, 100))
    assert noise.abs().max() <= 0.02 + 1e-6
    assert noise.std() == pytest.approx(0.02 / 3**0.5, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=2e-4)
    assert len({tuple(copy.flatten()[:4].tolist()) for image in noise for copy in image}) == 48


def test_noise_is_the_images_own(tiny):
    """Whatever batch, other images and method it is in; and more copies are further ones."""
    noise = noise_of(tiny)
    torch.testing.assert_close(noise_of(tiny, batch=4), noise)
    few = Shard(PIXELS[2:4], CLASSES[2:4], SHARD.seeds[2:4], 2)
    torch.testing.assert_close(noise_of(tiny, shard=few), noise[2:4])
    torch.testing.assert_close(noise_of(tiny, Copies(5, 0.1, 100))[:, :3], noise)


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
def test_batches_change_nothing(tiny, order):
    whole, parts = (measured(tiny, batch=batch, order=order) for batch in (8, 2))
    np.testing.assert_allclose(parts["change"], whole["change"], rtol=1e-3, atol=1e-6)
    assert (whole["change"].dtype, whole["passes"].dtype) == (np.float64, np.int32)


def test_a_change_that_is_known(tiny):
    """One of two bright cells goes out: of the size sqrt(2) of the map, 1 is lost."""
    raw, other = np.zeros((6, 32, 32), np.float32), torch.zeros(32, 32)
    raw[:, 3, 4] = raw[:, 20, 20] = other[3, 4] = 7
    method = Method(lambda batch: other.expand(len(batch), -1, -1), {}, 8)
    found = measured(tiny, method, raw=raw)["change"]
    np.testing.assert_allclose(found, np.full((6, 3), 0.5**0.5), rtol=1e-6)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_maps_without_a_size_have_changed_by_one(tiny, bad):
    """Constant maps and those that are not finite, of the image or of its copies."""
    good, flat = np.random.default_rng(1).random((6, 8, 8), np.float32), np.full((6, 8, 8), bad, np.float32)
    same = Method(lambda batch: torch.from_numpy(good[batch.rows]), {}, 8)
    gone = Method(lambda batch: torch.from_numpy(flat[batch.rows]), {}, 8)
    for method, raw in ((same, flat), (gone, good), (gone, flat)):
        np.testing.assert_allclose(measured(tiny, method, raw=raw)["change"], np.ones((6, 3)))
    assert measured(tiny, same, raw=good)["change"].tolist() == [[0] * 3] * 6


def test_controls(tiny):
    """What ignores the image does not move; a random map is drawn anew for each copy, as for a masked image."""
    for name in ("centre", "fakecam"):
        assert measured(tiny, name)["change"].tolist() == [[0] * 3] * 6
    change = measured(tiny, "random")["change"]
    assert ((change > 0.3) & (change < 1)).all()
    assert len(set(change.flatten())) == 18
    np.testing.assert_array_equal(measured(tiny, "random", batch=2)["change"], change)


@pytest.mark.parametrize(("first", "asked"), [(0, 4), (3, 1), (4, 0), (100, 0)])
def test_only_the_first_images_of_the_run_are_measured(tiny, first, asked):
    shard = Shard(PIXELS, CLASSES, SHARD.seeds, first)
    whole, found = measured(tiny), measured(tiny, settings=Copies(3, 0.1, 4), shard=shard)
    np.testing.assert_allclose(found["change"][:asked], whole["change"][:asked], rtol=1e-4)
    assert np.isnan(found["change"][asked:]).all()
    assert found["passes"].tolist() == [3] * asked + [0] * (6 - asked)
    assert (found["change"].shape, found["change"].dtype, found["passes"].dtype) == ((6, 3), np.float64, np.int32)


def test_without_an_image_to_measure_the_network_is_not_opened():
    shard = Shard(PIXELS, CLASSES, SHARD.seeds, 100)
    raw = np.zeros((6, 8, 8), np.float32)
    found = gathered(measure(lambda: 1 / 0, bind("gradcam", {}, 8), shard, raw, Masking(), FEW))
    assert found["passes"].tolist() == [0] * 6


@pytest.mark.parametrize(("name", "per_map"), [("gradcam", 1), ("random", 0), ("scorecam", 5)])
def test_what_is_forwarded_is_counted(name, per_map):
    probe = Probe(build("tiny", small()), "relu", PREPROCESSING, batch=COMPUTE["batch"])
    raw, forwarded = np.random.default_rng(1).random((6, 8, 8), np.float32), []
    probe.network.register_forward_pre_hook(lambda _, args: forwarded.append(len(args[0])))
    found = measured(probe, name, raw=raw)
    assert found["passes"].tolist() == [3 * per_map] * 6
    assert sum(forwarded) <= 6 * 3 * per_map  # the black image is forwarded once for a batch
    assert sum(forwarded) >= 6 * 3 * min(per_map, 4)


def test_maps_of_another_shape_are_refused(tiny):
    method = Method(lambda batch: torch.zeros(len(batch), 8, 7), {}, 2)
    with pytest.raises(InputError, match=r"^method returned maps of shape \(2, 8, 7\), not \(2, 8, 8\)$"):
        measured(tiny, method, raw=np.ones((6, 8, 8), np.float32))
