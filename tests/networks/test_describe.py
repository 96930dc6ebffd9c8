"""What a network is said to be."""

import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, small

from cambench.errors import InputError
from cambench.networks import device
from cambench.networks.describe import describe, weights_name
from cambench.store.network import Network


def test_facts_of_a_network():
    facts = describe("net", small(classes=5), COMPUTE)
    assert facts.keys() == Network.__annotations__.keys()
    assert (facts["network"], facts["layer"], facts["channels"], facts["classes"]) == ("net", "relu", 4, 5)
    assert (facts["map"], facts["input"]) == ([8, 8], [32, 32])
    assert (
        facts["parameters"] == (3 * 25 + 1) * 4 + 2 * 4 + (4 + 1) * 5
    )  # those of the batch norm, too, which is folded
    assert (facts["folds"], facts["pads"]) == ([["stem", "norm"]], [])
    assert (facts["linear_head"], facts["head_alone"]) == (True, True)
    assert (facts["weights"], facts["random"], facts["precision"]) == ("random, seed 0", True, "float32")
    assert (facts["preprocessing"], facts["own_preprocessing"]) == (PREPROCESSING, None)
    assert facts["operations"] == 0
    assert describe("net", small(), COMPUTE, count=True) == {**facts, "operations": 2 * (8 * 8 * 4 * 3 * 25 + 4 * 5)}


def test_facts_of_tokens():
    facts = describe("net", small("vits:timm_vit", arguments={"name": "deit_tiny_distilled_patch16_224"}), COMPUTE)
    assert (facts["layer"], facts["layout"], facts["prefix"]) == ("blocks.1.norm1", "tokens", 2)
    assert (facts["map"], facts["channels"], facts["head_alone"]) == ([4, 4], 192, False)
    facts = describe("net", small("vits:timm_swin"), COMPUTE)
    assert (facts["layer"], facts["layout"], facts["prefix"]) == ("norm", "nhwc", 0)
    assert (facts["map"], facts["channels"], facts["linear_head"]) == ([4, 4], 16, True)


def test_facts_do_not_tell_of_the_machine(monkeypatch):
    """A lost file that is made again elsewhere is the same, so that nothing that depends on it is made again."""
    facts = describe("net", small(), COMPUTE)
    monkeypatch.setattr(device, "device_name", lambda _: "cuda:1: another")
    assert describe("net", small(), COMPUTE) == facts
    assert {"device", "versions"}.isdisjoint(facts)


@pytest.mark.parametrize(
    ("factory", "arguments", "linear"),
    [
        ("tiny:Tiny", {}, True),
        ("nets:Heads", {"kind": "keyword"}, True),
        ("nets:Heads", {"kind": "background"}, False),
        ("nets:Heads", {"kind": "scaled"}, False),
        ("nets:Heads", {"kind": "wide"}, False),
    ],
)
def test_a_linear_head_is_found_in_every_precision(monkeypatch, factory, arguments, linear):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)  # without it, it is but slow
    for precision in ("float32", "bfloat16"):
        facts = describe("net", small(factory, arguments=arguments), {**COMPUTE, "precision": precision})
        assert (facts["linear_head"], facts["precision"]) == (linear, precision)


def test_a_network_that_no_meta_tensor_suits_has_no_head_alone():
    assert not describe("net", small("nets:Heads", arguments={"kind": "picky"}), COMPUTE)["head_alone"]


def test_a_head_that_needs_more_than_its_layer():
    facts = describe("net", small("tiny:Residual", layer="branch"), COMPUTE)
    assert (facts["linear_head"], facts["head_alone"]) == (False, False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factory": "tiny:Huge"}, "cannot be built"),
        ({"factory": "no_such_module:Net"}, "No module named"),
        ({"layer": "layer9"}, "no layer 'layer9'"),
        ({"layer": "fc"}, "no spatial output"),
        ({"classes": 7}, "has 5 classes, the config says 7"),
        ({"arguments": {"colour": 1}}, "cannot be built"),
    ],
)
def test_one_line_for_what_does_not_fit(changes, message):
    with pytest.raises(InputError, match=message) as error:
        describe("net", small(**changes), COMPUTE)
    assert "\n" not in str(error.value)


def test_the_name_of_weights():
    state = "0123456789abcdef" * 4
    assert weights_name({"weights": "a.pth", "weights_digest": "5793", "seed": 0}, state, False) == "5793"
    assert (
        weights_name({"weights": "IMAGENET1K_V1", "weights_digest": None, "seed": 0}, state, False) == "IMAGENET1K_V1"
    )
    assert weights_name({"weights": None, "seed": 3}, state, True) == "random, seed 3"
    assert weights_name({"weights": None, "seed": 3}, state, False) == "the factory's own, sha256 0123456789abcdef"
