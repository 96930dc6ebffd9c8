"""Methods of transformers on the networks of each library, and the networks and settings that they refuse."""

import numpy as np
import pytest
import torch
import vits
from conftest import COMPUTE, opened, small

from cambench import methods
from cambench.config import preflight
from cambench.methods._contract import bind
from cambench.networks.describe import describe

PIXELS = np.random.default_rng(4).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
NAMES = ("attngradcam", "chefer", "legrad", "rawattention", "rollout", "vitreciprocam")
UNSEEING = ("rawattention", "rollout")  # of the class
NETWORKS = {
    "timm distilled": ("timm_vit", {"name": "deit_tiny_distilled_patch16_224"}, 2, "prefix 0 + 1"),
    "timm registers": (
        "timm_vit",
        {"name": "vit_small_patch14_reg4_dinov2", "embed_dim": 24, "num_heads": 2},
        5,
        "class",
    ),
    "timm average": ("timm_vit", {"class_token": False, "global_pool": "avg"}, 0, "all"),
    "timm eva": ("timm_vit", {"name": "eva02_tiny_patch14_224"}, 1, "all"),
    "Hugging Face": ("hugging_face", {}, 1, "class"),
    "DINOv2": ("hugging_face", {"kind": "Dinov2WithRegisters"}, 5, "class"),
}
SWIN = {"patch_size": [4, 4], "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": [4, 4]}
NEEDS = "needs attention from all tokens to all; "


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_library(network, name):
    """Maps differ from image to image, depend on the class where they should, and have one value for each patch."""
    factory, arguments, *_ = NETWORKS[network]
    probe, cam = vits.probe(factory, **arguments), bind(name, {}, COMPUTE["batch"])
    maps, other = (cam(opened(probe, PIXELS, classes))[0] for classes in ([1, 3], [2, 4]))
    assert maps.shape == (2, 4, 4)
    assert maps.isfinite().all()
    assert not torch.allclose(maps[0], maps[1], rtol=1e-3)
    assert torch.equal(maps, other) == (name in UNSEEING)
    assert "forward" not in {key for module in probe.network.modules() for key in vars(module)}


@pytest.mark.parametrize("network", NETWORKS)
def test_facts(network):
    factory, arguments, prefix, queries = NETWORKS[network]
    facts = describe("net", small(f"vits:{factory}", arguments=arguments), COMPUTE)
    assert (facts["attention"], facts["no_attention"], facts["blocks"]) == (True, None, 2)
    assert (facts["prefix"], facts["queries"]) == (prefix, queries)
    assert [methods.refusal(name, facts) for name in NAMES] == [None] * 6


def refusals(network, **chosen):
    """What is said of each method before any work."""
    blocks = {name: {"cam": name, "settings": chosen.get(name, {})} for name in NAMES}
    said = preflight.answer({"net": network}, blocks, 0)["problems"]
    return [line.removeprefix("config: methods.") for line in said]


def test_a_cnn_is_refused():
    lines = refusals(small())
    assert lines == [
        *(f"{name}: cannot explain net: {NEEDS}the network has none that can be seen" for name in NAMES[:5]),
        "vitreciprocam: cannot explain net: needs a target layer that gives tokens; for maps see reciprocam",
    ]


def test_windows_are_refused():
    swin = small("torchvision.models:SwinTransformer", arguments={**SWIN, "num_classes": 5})
    lines = refusals(swin)
    assert len(lines) == 6
    windows = f"{NEEDS}that of the network is within windows or groups"
    assert lines[:5] == [f"{name}: cannot explain net: {windows}" for name in NAMES[:5]]


def test_more_blocks_than_there_are():
    vit = small("vits:torchvision_vit")
    assert refusals(vit, rollout={"start": 1}, legrad={"layers": 2}) == []
    assert refusals(vit, rollout={"start": 2}, legrad={"layers": 3}) == [
        "legrad: cannot explain net: layers asks for 3 blocks or more, and the network has 2",
        "rollout: cannot explain net: start asks for 3 blocks or more, and the network has 2",
    ]


def test_one_pass_serves_attention_and_the_probability(vit):
    batch = opened(vit, PIXELS)
    weights = batch.attention()
    found = batch.probability()
    assert batch.passes.tolist() == [1, 1]
    assert torch.allclose(found, opened(vit, PIXELS).probability(), atol=1e-6)
    assert len(weights) == 2
    assert not weights[0].requires_grad


def test_in_bfloat16_maps_are_similar(monkeypatch):
    from cambench.networks.open import open_probe

    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)  # without it, it is but slow
    low = open_probe("vit", small("vits:torchvision_vit"), {**COMPUTE, "precision": "bfloat16"})
    full = vits.probe("torchvision_vit")
    for name in NAMES:
        one, other = (bind(name, {}, COMPUTE["batch"])(opened(probe, PIXELS))[0] for probe in (low, full))
        assert one.dtype == torch.float32
        assert torch.allclose(one, other, atol=0.15 * float(other.abs().max())), name
