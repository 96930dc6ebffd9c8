"""The target layer is a map of the image, or refused in one line that says what to do."""

import pytest
import torch
from conftest import settings, small
from torch import nn

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.layer import find_layer
from cambench.networks.layout import Layout


def found(factory, wanted=None, side=32, **arguments):
    return find_layer("net", build("net", small(factory, arguments=arguments)), wanted, (side, side)).layer


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
        ("nets:Attention", "k_norm", "layer 'k_norm' gives (n, 3, 16, 4): neither a map (n, K, h, w) with the input's"),
        (
            "nets:Attention",
            "drop",
            "layer 'drop' gives (n, 3, 16, 16): an attention, or a map that may have its channels",
        ),
        (
            "nets:Attention",
            "norm",
            "layer 'norm' gives tokens (n, 16, 12), and nothing says where they lie; declare tok",
        ),
        (
            "nets:ChannelsLast",
            "mix",
            "layer 'mix' gives (n, 8, 8, 6): neither a map (n, K, h, w) with the input's aspect",
        ),
    ],
)
def test_one_line_for_a_layer_that_does_not_fit(factory, wanted, objection):
    assert refused(factory, wanted).startswith(objection)


def test_a_network_that_ends_in_unknown_tokens_has_no_default():
    line = "layer 'norm' gives tokens (n, 16, 12), and nothing says where they lie; declare tokens: "
    line += "{prefix: P, grid: [h, w]}"
    assert refused("nets:Attention") == f"{line}, with layer: norm, for it has no other layer"
    named = f"{line}, with layer: norm, or name an earlier map, such as layer: patches"
    assert refused("nets:Attention", convolutions=2) == named
    assert found("nets:Attention", "patches.1", convolutions=2) == "patches.1"


def test_tokens_that_are_declared():
    network = build("net", small("nets:Attention"))
    for prefix, grid in ((0, (4, 4)), (0, (2, 8)), (4, (3, 4))):
        layout = Layout("tokens", prefix, grid)
        assert find_layer("net", network, "norm", (32, 32), layout) == ("norm", layout)
    with pytest.raises(
        InputError, match=r"layer 'norm' gives 16 tokens, not 1 \+ 4 x 4 = 17 of prefix and grid; no oth"
    ):
        find_layer("net", network, "norm", (32, 32), Layout("tokens", 1, (4, 4)))
    with pytest.raises(
        InputError, match=r"layer 'norm' gives an output \(n, 16, 12\), not maps with the channels last"
    ):
        find_layer("net", network, "norm", (32, 32), Layout("nhwc"))


@pytest.mark.parametrize("channels", [6, 8])
def test_a_network_that_has_the_channels_last_has_no_default(channels):
    """Also with a map of 8 x 8 and 8 channels, which looks alike both ways."""
    line = refused("nets:ChannelsLast", channels=channels)
    assert line.startswith(
        f"layer 'down' gives (n, 8, 8, {2 * channels}): neither a map (n, K, h, w) with the input's "
    )
    assert line.endswith("declare layout: nhwc if it is, with layer: down, or name an earlier map, such as layer: norm")
    network = build("net", small("nets:ChannelsLast", arguments={"channels": channels}))
    assert find_layer("net", network, "mix", (32, 32), Layout("nhwc")) == ("mix", Layout("nhwc"))


def test_a_norm_over_the_last_dimension_tells_that_channels_are_last():
    network = nn.Sequential(nn.Conv2d(3, 6, 4, 4), Last(), nn.LayerNorm(6), Mean(), nn.Linear(6, 5)).eval()
    assert find_layer("net", network, None, (32, 48)) == ("2", Layout("nhwc"))


class Last(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((1, 2))


def test_maps_of_rectangular_inputs():
    network = build("net", small())
    assert find_layer("net", network, None, (32, 52)) == ("relu", Layout())


@pytest.mark.parametrize(
    ("name", "layer"), [("convnext_tiny", "features"), ("maxvit_t", "blocks.3"), ("swin_t", "permute")]
)
def test_transformers_that_end_in_a_map(name, layer):
    """With random weights: what counts is how they are made. Swin puts its channels first in its layer `permute`."""
    network, seen = build(name, settings(name=name)), []
    assert find_layer("net", network, None, (224, 224)).layer == layer
    handle = network.get_submodule(layer).register_forward_hook(lambda _, __, output: seen.append(output.shape))
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    handle.remove()
    assert seen == [(1, 512 if name == "maxvit_t" else 768, 7, 7)]


@pytest.mark.parametrize(("side", "layer"), [(224, "features.7"), (384, "features.1")])
def test_layers_of_swin_with_the_channels_last(side, layer):
    """At a side of 384 there are 96 channels of 96 x 96."""
    network = build("swin", settings(name="swin_t"))
    assert find_layer("swin", network, layer, (side, side)) == (layer, Layout("nhwc"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [(32, "layer '.*' gives .*; declare layout: nhwc if it is"), (7, "does not run on a 32 x 32 image: ")],
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
