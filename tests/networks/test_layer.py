"""The target layer is a map of the image, or refused in one line that says what to do."""

import pytest
import torch
from conftest import settings, small

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.layer import find_layer


def found(factory, wanted=None, side=32, **arguments):
    return find_layer("net", build("net", small(factory, arguments=arguments)), wanted, (side, side))


def refused(*asked, **arguments):
    with pytest.raises(InputError) as error:
        found(*asked, **arguments)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix("networks.net: ")


@pytest.mark.parametrize(
    ("factory", "layer"),
    [("tiny:Tiny", "relu"), ("tiny:Mapped", "relu"), ("nets:Blocks", "block"), ("nets:Shared", "norm")],
)
def test_the_last_map_is_the_default(factory, layer):
    assert found(factory) == layer


def test_the_layer_that_is_named_is_taken():
    assert found("tiny:Tiny", "norm") == "norm"


@pytest.mark.parametrize(
    ("factory", "wanted", "objection"),
    [
        ("tiny:Tiny", "layer9", "no layer 'layer9'; the last that fit are norm, relu"),
        ("tiny:Tiny", "", "no layer ''; the last that fit are norm, relu"),
        ("tiny:Tiny", "fc", "layer 'fc' has no spatial output (n, K, h, w) larger than 1 x 1; the last"),
        ("tiny:Tiny", "stem", "layer 'stem' is the first one, which has seen nothing but small patches; the last"),
        (
            "nets:Shared",
            "relu",
            "layer 'relu' runs 2 times in one pass, so it is not clear which output is meant; the last",
        ),
        ("nets:Attention", "patches", "layer 'patches' is the first one, which has seen nothing but small patches; no"),
        ("nets:Attention", "k_norm", "layer 'k_norm' gives an output (n, h, w, K) or one that is not as square as the"),
        ("nets:Attention", "drop", "layer 'drop' has no spatial output (n, K, h, w)"),
        ("nets:Attention", "norm", "layer 'norm' gives tokens (n, N, K), not maps (n, K, h, w); no other layer fits"),
        ("nets:ChannelsLast", "mix", "layer 'mix' gives an output (n, h, w, K) or one that is not as square as the"),
    ],
)
def test_one_line_for_a_layer_that_does_not_fit(factory, wanted, objection):
    assert refused(factory, wanted).startswith(objection)


def test_a_network_that_ends_in_tokens_has_no_default():
    line = "layer 'norm' gives tokens (n, N, K), but CAMs need maps (n, K, h, w)"
    assert refused("nets:Attention") == f"{line}, and has no other layer"
    assert refused("nets:Attention", convolutions=2) == f"{line}; name an earlier map, such as layer: patches"
    assert found("nets:Attention", "patches.1", convolutions=2) == "patches.1"


@pytest.mark.parametrize("channels", [6, 8])
def test_a_network_that_has_the_channels_last_has_no_default(channels):
    """Also with a map of 8 x 8 and 8 channels, which looks alike both ways."""
    line = refused("nets:ChannelsLast", channels=channels)
    start = "layer 'down' gives the channels last (n, h, w, K), but CAMs need maps (n, K, h, w)"
    assert line == f"{start}; name an earlier map, such as layer: norm" if channels == 6 else line.startswith(start)
    if channels == 8:
        assert "turned" not in line.partition("such as")[2]


@pytest.mark.parametrize(
    ("name", "layer"), [("convnext_tiny", "features"), ("maxvit_t", "blocks.3"), ("swin_t", "permute")]
)
def test_transformers_that_end_in_a_map(name, layer):
    """With random weights: what counts is how they are made. Swin puts its channels first in its layer `permute`."""
    network, seen = build(name, settings(name=name)), []
    assert find_layer("net", network, None, (224, 224)) == layer
    handle = network.get_submodule(layer).register_forward_hook(lambda _, __, output: seen.append(output.shape))
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    handle.remove()
    assert seen == [(1, 512 if name == "maxvit_t" else 768, 7, 7)]


def test_a_vision_transformer_has_no_layer():
    """Its only map is that of its first layer."""
    network = build("vit", settings(name="vit_b_16"))
    with pytest.raises(InputError, match=r"^networks\.vit: layer '[\w.]+' gives tokens .*, and has no other layer$"):
        find_layer("vit", network, None, (224, 224))
    with pytest.raises(InputError, match=r"^networks\.vit: layer 'conv_proj' is the first one"):
        find_layer("vit", network, "conv_proj", (224, 224))


@pytest.mark.parametrize(("side", "layer"), [(224, "features.7"), (384, "features.1")])
def test_layers_of_swin_with_the_channels_last(side, layer):
    """At a side of 384 there are 96 channels of 96 x 96."""
    network = build("swin", settings(name="swin_t"))
    with pytest.raises(
        InputError, match=f"^networks.swin: layer '{layer}' gives an output .*; the last that fit are permute$"
    ):
        find_layer("swin", network, layer, (side, side))


@pytest.mark.parametrize(
    ("columns", "message"),
    [(32, "layer '.*' gives the channels last"), (7, "does not run on a 32 x 32 image: ")],
)
def test_one_line_for_a_network_that_does_not_fit(columns, message):
    network = torch.nn.Sequential(torch.nn.Linear(columns, 5), torch.nn.Identity())
    with pytest.raises(InputError, match=f"^networks.net: {message}") as error:
        find_layer("net", network, None, (32, 32))
    assert "\n" not in str(error.value)


def test_a_network_without_any_map():
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 5))
    with pytest.raises(
        InputError, match=r"^networks\.net: no layer but the first has a spatial output larger than 1 x 1$"
    ):
        find_layer("net", network, None, (32, 32))


def test_no_hook_is_left_behind():
    network = build("net", small())
    find_layer("net", network, None, (32, 32))
    assert not any(module._forward_hooks for module in network.modules())
