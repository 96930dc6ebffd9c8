"""Every method keeps the contract: shape, finite, repeatable, the same whatever the batch, nothing left behind."""

import numpy as np
import pytest
import quick
import torch
from conftest import COMPUTE, opened, small

from cambench import methods
from cambench.masks import Masking, masks
from cambench.methods._contract import bind
from cambench.networks.batch import Batch
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages.masked import explain_masked
from cambench.stages.saliency import explain

# Tiny has four channels, of which one is constant: Score-CAM makes 1 clean pass + 3 + 1 for the constant one.
# ViT-Recipro-CAM makes 1 + 4 x 4, for its layer lies inside a block.
PASSES = {"fakecam": 0, "random": 0, "centre": 0, "smoothgradcampp": 9, "scorecam": 5, "vitreciprocam": 17}  # others 1
# With the settings of quick.py. Live channels are three: SS-CAM and IS-CAM make 1 + 2 x 3. Group-CAM looks at the
# image, at its blurred copy and at two groups.
PASSES |= {"sobel": 0, "rise": 8, "integratedgradcam": 3, "cameras": 2, "groupcam": 4, "sscam": 7, "iscam": 7}
# Poly-CAM makes 1 + 2 x 3 on the one resolution of the network.
PASSES |= {"integratedgradients": 3, "smoothgrad": 2, "opticam": 4, "polycam": 7}
COMPUTED = [name for name in methods.names() if methods.facts(name).resolution != "file"]
LIVE = ("scorecam", "sscam", "iscam", "polycam")  # whose passes depend on which channels an input leaves constant
LOOK_AT_NUMBERS = (*LIVE, "cam", "liftcam")  # at live channels, at the head
PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([0, 1, 2, 3, 4, 0])
DROPPED = """
from ._contract import Batch

RELU = False


def cam(batch: Batch, *, power: int = 1):
    return batch.activations().mean(1) ** power
"""


def method(name, **settings):
    return bind(name, quick.settings(name) | settings, COMPUTE["batch"])


@pytest.fixture
def probe(name, tiny, vit):
    """A network that the method can explain."""
    return vit if name in quick.OF_TRANSFORMERS else tiny


@pytest.fixture
def without_numbers(name, ghost):
    """The same on torch's meta device."""
    if name not in quick.OF_TRANSFORMERS:
        return ghost
    return open_probe("vit", small("vits:torchvision_vit"), {**COMPUTE, "device": "meta"})


def hooks(network):
    return [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules()]


@pytest.mark.parametrize("name", COMPUTED)
def test_contract(name, probe):
    cam, before = method(name), hooks(probe.network)
    shape = probe.input_shape if methods.facts(name).resolution == "input" else probe.map_shape
    batch = opened(probe, PIXELS, CLASSES)
    maps, condition = cam(batch)
    assert maps.shape == (6, *shape)
    assert condition.shape == (6,)
    assert condition.dtype == torch.float32
    assert maps.isfinite().all()
    assert not maps.requires_grad
    assert batch.passes.tolist() == [PASSES.get(name, 1)] * 6
    again, _ = cam(opened(probe, PIXELS, CLASSES))
    assert torch.equal(maps, again)
    order = [4, 1]
    few, _ = cam(opened(probe, PIXELS[order], CLASSES[order], seeds=np.array(order)))
    assert torch.allclose(few, maps[order], atol=1e-6)
    assert hooks(probe.network) == before
    assert all("forward" not in vars(module) for module in probe.network.modules())
    assert all(parameter.grad is None for parameter in probe.network.parameters())


@pytest.mark.parametrize("name", COMPUTED)
def test_an_image_that_is_not_finite_leaves_the_others_alone(name, probe):
    """Its map is not finite, where it depends on the image: so the row is flagged, and the job goes on."""
    shard, images = Shard(PIXELS, CLASSES, np.arange(6)), probe.prepare(PIXELS)
    sound, _ = method(name)(Batch.of(probe, shard, 0, 6, images))
    images[2] = torch.nan
    batch = Batch.of(probe, shard, 0, 6, images)
    assert batch.activations()[2].isnan().any()
    maps, condition = method(name)(batch)
    others = [0, 1, 3, 4, 5]
    assert torch.allclose(maps[others], sound[others], atol=1e-6)
    assert maps[2].isfinite().all() == (name in quick.UNSEEING)
    assert condition.isfinite().all()


@pytest.mark.parametrize("name", COMPUTED)
def test_one_pass_of_the_masked_input_gives_probability_and_map(name, probe):
    masking, shard = Masking(relu=methods.facts(name).relu), Shard(PIXELS, CLASSES, np.arange(6))
    raw = method(name)(opened(probe, PIXELS, CLASSES))[0].numpy()
    found = gathered(explain_masked(probe, method(name), shard, raw, masking))
    expected = PASSES.get(name, 1) + (name in quick.WITHOUT_CLEAN_PASS)
    assert (found["passes"] <= expected).all() if name in LIVE else (found["passes"] == expected).all()
    images = probe.prepare(PIXELS) * torch.from_numpy(masks(raw, (32, 32), masking))[:, None]
    with torch.no_grad():
        softmax = probe.network(images).softmax(1)
    assert np.allclose(found["probability"], softmax[torch.arange(6), CLASSES], atol=1e-6)
    assert np.allclose(found["raw"], method(name)(Batch.of(probe, shard, 0, 6, images))[0], atol=1e-5)


def test_facts_are_read_without_importing():
    settings = {setting.name: setting.default for setting in methods.facts("scorecam").settings.values()}
    assert methods.facts("scorecam").costly
    assert settings == {"score": "probability", "variant": "wang2020"}
    assert methods.facts("fakecam").resolution == "input"
    assert not methods.facts("cam").relu


def test_random_methods_draw_anew_for_the_masked_image(tiny):
    clean, masked = (method("random")(opened(tiny, PIXELS, masked=masked))[0] for masked in (False, True))
    assert not torch.allclose(clean, masked)


def test_a_file_that_is_dropped_into_the_folder_is_a_method(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    monkeypatch.setattr(methods, "__path__", [str(tmp_path)])
    (tmp_path / "dropped.py").write_text(DROPPED)
    assert methods.names() == ["dropped"]
    assert not methods.facts("dropped").relu
    assert list(methods.facts("dropped").settings) == ["power"]
    found = gathered(explain(tiny, method("dropped", power=2), Shard(PIXELS, CLASSES), tiny.map_shape))
    expected = opened(tiny, PIXELS).activations().mean(1) ** 2
    np.testing.assert_array_equal(found["raw"], expected)
    assert found["passes"].tolist() == [1] * 6


@pytest.mark.parametrize("name", [name for name in COMPUTED if name not in LOOK_AT_NUMBERS])
def test_no_tensor_is_left_on_the_cpu(name, without_numbers):
    maps, condition = method(name)(opened(without_numbers, PIXELS))
    assert maps.is_meta
    assert condition.is_meta


def test_a_tensor_left_on_the_cpu_is_caught(ghost):
    with pytest.raises(RuntimeError, match="device"):
        opened(ghost, PIXELS).activations() + torch.ones(6, 4, 8, 8)


@pytest.mark.slow
def test_a_compiled_network_gives_the_same_maps(monkeypatch):
    monkeypatch.setattr("cambench.networks.probe._COMPILED_AFTER", 5)
    batches = [opened(open_probe("tiny", small(), {**COMPUTE, "compile": on}), PIXELS, CLASSES) for on in (False, True)]
    plain, compiled = (method("scorecam")(batch)[0] for batch in batches)
    assert torch.allclose(plain, compiled, atol=1e-5)
    assert batches[0].passes.tolist() == batches[1].passes.tolist()
