"""Every kind of torchvision network, at its default layer: opened, folded, explained."""

import re

import numpy as np
import pytest
import quick
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings, small
from torch import nn

from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.device import Arranged
from cambench.networks.layer import find_layer
from cambench.networks.open import open_probe

FAMILIES = {
    "vgg11_bn": ("avgpool", False),
    "resnet18": ("layer4", True),
    "resnext50_32x4d": ("layer4", True),
    "densenet121": ("features", False),
    "mobilenet_v3_small": ("features", False),
    "efficientnet_b0": ("features", True),
    "convnext_tiny": ("features", False),
    "squeezenet1_1": ("classifier.2", False),
    "inception_v3": ("Mixed_7c", True),
}
UNINITIALISED = ("vgg11_bn", "inception_v3")  # those that take long to initialise their weights
ATTENTION = ("attngradcam", "chefer", "legrad", "rawattention", "rollout", "vitreciprocam")  # these need tokens
# One method of each kind of question; those that take a pass per channel have a test of their own.
CHEAP = {"cam": 1, "cameras": 2, "eigencam": 1, "finercam": 1, "gradcam": 1, "reciprocam": 1, "smoothgradcampp": 9}


def block(name):
    """A network on images that are small, but large enough for a map of 3 x 3."""
    side = 139 if name == "inception_v3" else 96
    arguments = {"init_weights": False} if name in UNINITIALISED else {}
    return settings(name=name, arguments=arguments, preprocessing=dict(PREPROCESSING, resize=side, crop=side))


def noise(probe, images):
    return np.random.default_rng(0).integers(0, 255, (images, *probe.input_shape, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name):
    probe, plain = open_probe(name, block(name), COMPUTE), build(name, block(name))
    pixels = noise(probe, 2)
    layer, linear = FAMILIES[name]
    assert probe.layer == find_layer(name, plain, None, probe.input_shape).layer == layer
    with torch.no_grad():
        expected = plain(probe.prepare(pixels))
    logits = opened(probe, pixels).logits()
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert probe.head is not None
    assert (probe.classifier is not None) == linear
    for method, passes in CHEAP.items():
        batch = opened(probe, pixels, expected.argmax(1))
        if method == "cam" and not linear:
            with pytest.raises(InputError, match="linear layer"):
                bind(method, {}, 2)(batch)
            continue
        assert bind(method, quick.settings(method), 2)(batch)[0].isfinite().all(), method
        assert (batch.passes == passes).all(), method


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
def test_costly_methods(name):
    probe = open_probe(name, block(name), dict(COMPUTE, batch=32))
    pixels = noise(probe, 1)
    A = opened(probe, pixels).activations()[0].flatten(1)
    live = int((A.amax(1) > A.amin(1)).sum())
    for method, passes in (("scorecam", 1 + live + (live < len(A))), ("ablationcam", 1)):
        batch = opened(probe, pixels, [3])
        assert bind(method, {}, 32)(batch)[0].isfinite().all()
        assert batch.passes.tolist() == [passes]


@pytest.mark.parametrize("kind", ["logits", "attribute", "list", "dict"])
def test_logits_that_have_their_name_are_found(kind, pixels):
    probe = open_probe("net", small("nets:Wrapping", arguments={"kind": kind}), COMPUTE)
    assert opened(probe, pixels).logits().shape == (6, 5)
    A = opened(probe, pixels).activations()
    assert torch.allclose(probe.run(probe.head, A), opened(probe, pixels).logits(), atol=1e-6)


@pytest.mark.parametrize(
    ("factory", "arguments", "message"),
    [
        ("nets:Wrapping", {"kind": "tuple"}, "it returns a tuple of a tensor (2, 5), a tensor (2, 5), not logits"),
        ("nets:Wrapping", {"kind": "dataclass"}, "it returns a Output, not logits"),
        ("nets:Wrapping", {"kind": "none"}, "it returns a NoneType, not logits"),
        ("nets:Wrapping", {"kind": "maps"}, "it returns a tensor (2, 5, 1, 1), not logits"),
        (
            "nets:Wrapping",
            {"kind": "one"},
            "it returns a tensor (2, 1), not logits (n, classes) of two or more classes",
        ),
        ("nets:Wrapping", {"kind": "nan"}, "its logits of an image of noise are not finite"),
        ("nets:Detached", {}, "no gradient reaches layer 'relu' from the logits; name another layer"),
    ],
)
def test_one_line_for_a_network_that_does_not_answer(factory, arguments, message):
    with pytest.raises(InputError, match=f"^networks.net: {re.escape(message)}") as error:
        open_probe("net", small(factory, arguments=arguments), COMPUTE)
    assert "\n" not in str(error.value)


def test_a_batch_norm_that_is_the_target_layer_is_not_folded_away(pixels):
    probe = open_probe("net", small(layer="norm"), COMPUTE)
    batch, network = opened(probe, pixels), build("net", small())
    assert not probe.folded.norms
    with torch.no_grad():
        assert torch.equal(batch.activations(), network.norm(network.stem(batch.images)))


def test_batch_norms_are_folded_where_that_changes_nothing():
    probe = open_probe("resnet18", block("resnet18"), COMPUTE)
    assert len(probe.folded.norms) == 20
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in probe.network.modules())


def test_one_line_names_the_layer_to_use_instead():
    """The last block's own output has no gradient, for the class token alone is pooled."""
    line = "networks.vit: the gradient at layer 'blocks.1' is zero: no logit depends on its map; name layer "
    with pytest.raises(InputError, match=f"^{re.escape(line)}'blocks.1.norm1'$"):
        open_probe("vit", small("vits:timm_vit", layer="blocks.1"), COMPUTE)


def test_tokens_that_the_configuration_declares():
    tokens = {"prefix": 1, "grid": [4, 4]}
    probe = open_probe("plain", small("vits:Plain", layer="blocks.1.norm1", tokens=tokens), COMPUTE)
    assert (probe.map_shape, probe.layout.prefix) == ((4, 4), 1)
    with pytest.raises(
        InputError, match=r"^networks.plain: layer 'blocks.1.norm1' gives 17 tokens, not 2 \+ 4 x 4 = 18"
    ):
        open_probe("plain", small("vits:Plain", layer="blocks.1.norm1", tokens={**tokens, "prefix": 2}), COMPUTE)


KNOWN = {
    "tiny": (small(), 0),
    "folded": (block("resnet18"), 20),
    "residual": (small("tiny:Residual", layer="branch"), 0),
    "tokens": (small("vits:timm_vit"), 0),
    "last": (small("vits:timm_swin"), 0),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_network_that_was_described_is_opened_without_a_pass(name, monkeypatch):
    """And is the same to the bit as one whose layer, folds and head are looked for."""
    settings, folds = KNOWN[name]
    sought, known = open_probe(name, settings, COMPUTE), describe(name, settings, COMPUTE)
    forwarded, built = [], build

    def noting(*args):
        network = built(*args)
        network.register_forward_hook(lambda *_: forwarded.append(1))
        return network

    monkeypatch.setattr("cambench.networks.open.build", noting)
    found = open_probe(name, settings, COMPUTE, known=known)
    assert not forwarded
    assert (found.layer, found.layout, found.map_shape) == (sought.layer, sought.layout, sought.map_shape)
    assert len(found.folded.norms) >= folds
    pixels = noise(sought, 3)
    for one, other in zip(opened(found, pixels)._clean, opened(sought, pixels)._clean, strict=True):
        assert one is other or torch.equal(one, other)
    assert (found.head is None) == (sought.head is None)
    if found.head is not None:
        A = opened(sought, pixels).activations().detach()
        prefix = sought.opened(sought.prepare(pixels)).prefix
        assert torch.equal(found.headed(found.head, A, prefix), sought.headed(sought.head, A, prefix))


def test_a_network_that_is_arranged_as_a_gpu_likes_it_has_the_same_facts_and_answers(monkeypatch):
    """Its batch norms stay, and its weights and inputs are plain."""
    settings = block("resnet18")
    folded, facts = open_probe("net", settings, COMPUTE), describe("net", settings, COMPUTE)
    monkeypatch.setattr("cambench.networks.device.arranged", lambda *_: Arranged(channels_last=False, folded=False))
    assert describe("net", settings, COMPUTE) == facts
    pixels, forwarded = noise(folded, 3), []
    for known in (None, facts):
        probe = open_probe("net", settings, COMPUTE, known=known)
        assert (probe.folded.norms, len(probe.folded.norms)) == (folded.folded.norms, 20)
        assert sum(isinstance(module, nn.BatchNorm2d) for module in probe.network.modules()) == 20
        assert all(values.is_contiguous() for values in probe.network.parameters())
        probe.network.conv1.register_forward_pre_hook(lambda _, args: forwarded.append(args[0].is_contiguous()))
        logits = opened(probe, pixels).logits()
        torch.testing.assert_close(logits, opened(folded, pixels).logits(), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(probe.changed(probe.prepare(pixels)), logits)
    assert all(forwarded)
    assert len(forwarded) == 4


def test_maps_that_are_others_than_those_described_are_refused(pixels):
    known = {**describe("net", small(), COMPUTE), "channels": 5}
    probe = open_probe("net", small(), COMPUTE, known=known)
    message = (
        r"^networks\.net: layer 'relu' gives maps \(n, 4, 8, 8\), others than networks/net.json says; mend: remove"
    )
    with pytest.raises(InputError, match=message):
        opened(probe, pixels).activations()


def test_what_was_folded_and_is_not_there_is_refused():
    known = {**describe("net", small(), COMPUTE), "folds": [["stem", "gone"]]}
    with pytest.raises(InputError, match=r"^networks\.net: cannot be opened at layer 'relu': "):
        open_probe("net", small(), COMPUTE, known=known)
