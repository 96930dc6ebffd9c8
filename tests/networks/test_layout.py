"""Maps are taken out of tokens and put back, in the order of reading, and what does not add up is refused."""

import pytest
import torch

from cambench.networks.layout import Layout, alike, declared

TOKENS = Layout("tokens", 2, (2, 3))


def test_tokens_are_places_in_the_order_of_reading():
    tokens = torch.arange(8.0)[None, :, None] + torch.tensor([0.0, 100.0])  # (1, 8, 2)
    maps, prefix = TOKENS.split(tokens)
    assert maps[0, 0].tolist() == [[2, 3, 4], [5, 6, 7]]
    assert maps[0, 1].tolist() == [[102, 103, 104], [105, 106, 107]]
    assert prefix.tolist() == [[[0, 100], [1, 101]]]


def test_channels_last():
    output = torch.arange(24.0).view(1, 2, 3, 4)
    maps, prefix = Layout("nhwc").split(output)
    assert maps[0, 1].tolist() == [[1, 5, 9], [13, 17, 21]]
    assert prefix is None


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        (TOKENS, (2, 8, 5)),
        (Layout("tokens", 0, (2, 3)), (2, 6, 5)),
        (Layout("nhwc"), (2, 3, 4, 5)),
        (Layout(), (2, 5, 3, 4)),
    ],
)
def test_what_is_split_is_joined_again(layout, shape):
    output = torch.randn(shape)
    assert layout.objection(shape) is None
    assert torch.equal(layout.join(*layout.split(output)), output)
    assert layout.split(output)[0].data_ptr() == output[:, layout.prefix :].data_ptr()  # a view


def test_a_joined_prefix_has_the_maps_dtype():
    maps, prefix = TOKENS.split(torch.randn(1, 8, 4))
    assert TOKENS.join(maps.bfloat16(), prefix).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("layout", "shape", "objection"),
    [
        (TOKENS, (2, 9, 5), "gives 9 tokens, not 2 + 2 x 3 = 8 of prefix and grid"),
        (TOKENS, (2, 4, 5, 5), "gives an output (n, 4, 5, 5), not tokens (n, T, K)"),
        (Layout("nhwc"), (2, 9, 5), "gives an output (n, 9, 5), not maps with the channels last (n, h, w, K)"),
        (Layout("nhwc"), (2, 1, 1, 5), "has a map of 1 x 1"),
        (Layout("tokens", 1, (1, 1)), (2, 2, 5), "has a map of 1 x 1"),
    ],
)
def test_objections(layout, shape, objection):
    assert layout.objection(shape) == objection


def test_what_the_configuration_declares():
    assert declared({}) is None
    assert declared({"layout": "nhwc"}) == Layout("nhwc")
    assert declared({"tokens": {"prefix": 1, "grid": [14, 7]}}) == Layout("tokens", 1, (14, 7))


@pytest.mark.parametrize(
    ("sides", "shape", "same"),
    [
        ((7, 7), (224, 224), True),
        ((7, 8), (224, 224), False),
        ((7, 14), (224, 448), True),
        ((7, 7), (224, 448), False),
        ((8, 11), (240, 350), True),  # 350 / 32 rounded up
        ((7, 10), (240, 350), True),  # both rounded down
        ((14, 384), (224, 448), False),
        ((1, 2), (32, 64), True),
    ],
)
def test_maps_have_the_aspect_of_the_input(sides, shape, same):
    assert alike(sides, shape) == same
    assert alike(sides[::-1], shape[::-1]) == same
