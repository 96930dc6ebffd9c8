"""The target layer is a map of the image, or refused in one line that says what to do."""

from collections import OrderedDict

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
    for prefix, grid in ((0, (4, 4)), (7, (3, 3))):
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


@pytest.mark.parametrize(
    ("layer", "layout", "objection"),
    [
        ("norm", Layout("nhwc"), "would have a map of 8 x 4 as declared, without the aspect of the input, 16 x 16"),
        ("cube", Layout("nhwc"), "gives maps (n, K, h, w) for sure, not maps with the channels last (n, h, w, K)"),
        ("last", Layout(), "gives maps with the channels last (n, h, w, K) for sure, not maps (n, K, h, w)"),
    ],
)
def test_a_declaration_that_cannot_be_true(layer, layout, objection):
    """Maps (n, 8, 4, 4), then (n, 4, 4, 4) both ways."""
    parts = {"stem": nn.Conv2d(3, 8, 4, 4), "norm": nn.GroupNorm(2, 8), "cube": nn.Conv2d(8, 4, 1), "turn": Last()}
    parts |= {"last": nn.LayerNorm(4), "pool": Mean(), "fc": nn.Linear(4, 5)}
    network = nn.Sequential(OrderedDict(parts)).eval()
    with pytest.raises(InputError) as error:
        find_layer("net", network, layer, (16, 16), layout)
    assert str(error.value).startswith(f"networks.net: layer {layer!r} {objection}")
    true = Layout() if layout == Layout("nhwc") else Layout("nhwc")
    assert find_layer("net", network, layer, (16, 16), true) == (layer, true)


@pytest.mark.parametrize(("prefix", "grid"), [(0, (2, 8)), (4, (3, 4)), (0, (16, 1))])
def test_declared_tokens_have_the_aspect_of_the_input(prefix, grid):
    network = build("net", small("nets:Attention"))
    with pytest.raises(InputError, match=f"a map of {grid[0]} x {grid[1]} as declared, without the aspect of the inpu"):
        find_layer("net", network, "norm", (32, 32), Layout("tokens", prefix, grid))


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


def test_a_rectangle_that_looks_alike_both_ways_has_no_known_layout():
    """(n, 8, 16, 32) may be a map of 8 x 16 or one of 16 x 32, each with the aspect of the input."""
    network = build("net", small("nets:ChannelsLast", arguments={"channels": 32}))
    with pytest.raises(InputError, match="may have its channels first or last; declare layout: nchw or nhwc"):
        find_layer("net", network, "turned", (32, 64))
    assert find_layer("net", network, "turned", (32, 64), Layout("nhwc")) == ("turned", Layout("nhwc"))
    assert find_layer("net", network, "norm", (32, 64)) == ("norm", Layout())


class Pair(nn.Module):
    """A residual block that gives a tuple."""

    def __init__(self):
        super().__init__()
        self.branch = nn.Conv2d(6, 6, 1)

    def forward(self, x):
        x = x[0] if isinstance(x, tuple) else x
        return x + self.branch(x), None


class First(nn.Module):
    def forward(self, x):
        return x[0].mean((2, 3))


def test_a_branch_within_blocks_that_give_tuples_is_no_default():
    network = nn.Sequential(nn.Conv2d(3, 6, 4, 4), Pair(), Pair(), First(), nn.Linear(6, 5)).eval()
    with pytest.raises(InputError, match=r"module '2', which finishes after layer '2.branch', gives a tuple"):
        find_layer("net", network, None, (32, 32))
    assert find_layer("net", network, "2.branch", (32, 32)).layer == "2.branch"


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
