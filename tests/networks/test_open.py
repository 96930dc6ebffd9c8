"""Every kind of torchvision network, at its default layer: opened, folded, explained."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings, small

from cambench import methods
from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.open import find_layer, open_probe

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
# These two take a pass per channel: minutes on 2,048 of them.
COSTLY = ("scorecam", "ablationcam")
CHEAP = [name for name in methods.names() if name not in (*COSTLY, "file")]


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
    assert probe.layer == find_layer(name, plain, None, probe.input_shape[0]) == layer
    with torch.no_grad():
        expected = plain(probe.prepare(pixels))
    logits = opened(probe, pixels).logits()
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert probe.head is not None
    assert (probe.classifier is not None) == linear
    for method in CHEAP:
        batch = opened(probe, pixels, expected.argmax(1))
        if method == "cam" and not linear:
            with pytest.raises(InputError, match="linear layer"):
                bind(method, {}, 2)(batch)
            continue
        assert bind(method, {}, 2)(batch).isfinite().all(), method
        assert (batch.passes <= (9 if method == "smoothgradcampp" else 1)).all(), method


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
def test_costly_methods(name):
    probe = open_probe(name, block(name), dict(COMPUTE, batch=32))
    pixels = noise(probe, 1)
    A = opened(probe, pixels).activations()[0].flatten(1)
    live = int((A.amax(1) > A.amin(1)).sum())
    for method, passes in (("scorecam", 1 + live + (live < len(A))), ("ablationcam", 1)):
        batch = opened(probe, pixels, [3])
        assert bind(method, {}, 32)(batch).isfinite().all()
        assert batch.passes.tolist() == [passes]


def test_the_layer_that_is_named_is_taken():
    assert open_probe("net", small(layer="stem"), COMPUTE).layer == "stem"
    assert open_probe("net", small(), COMPUTE).layer == "relu"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("layer9", "no layer 'layer9'; the last layers with a spatial output are stem, norm, relu$"),
        ("fc", "layer 'fc' has no spatial output larger than 1 x 1$"),
    ],
)
def test_one_line_for_a_layer_that_does_not_fit(layer, message):
    with pytest.raises(InputError, match=f"^networks.net: {message}"):
        open_probe("net", small(layer=layer), COMPUTE)


@pytest.mark.parametrize(
    ("columns", "message"),
    [(32, "no layer has a spatial output larger than 1 x 1$"), (7, "does not run on a 32 x 32 image: mat1 and mat2")],
)
def test_one_line_for_a_network_that_does_not_fit(columns, message):
    with pytest.raises(InputError, match=f"^networks.net: {message}"):
        open_probe("net", small("torch.nn:Linear", arguments={"in_features": columns, "out_features": 5}), COMPUTE)


def test_batch_norms_are_folded_where_that_changes_nothing():
    probe = open_probe("resnet18", block("resnet18"), COMPUTE)
    assert probe.folded == 20
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in probe.network.modules())
