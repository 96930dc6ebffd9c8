"""Convolutions that pad for themselves answer as before, to the bit; otherwise nothing is changed."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from cambench.networks.pad import fold_padding


class Same(nn.Conv2d):
    """A convolution as in ports of TensorFlow's networks."""

    def __init__(self, padding):
        super().__init__(3, 4, 3)
        self.zeros = nn.ZeroPad2d(padding)

    def forward(self, x):
        return functional.conv2d(self.zeros(x), self.weight, self.bias, self.stride, self.padding)


class Deaf(Same):
    """Looks at no `padding`."""

    def forward(self, x):
        return functional.conv2d(self.zeros(x), self.weight, self.bias)


def network(kind, padding):
    torch.manual_seed(0)
    return nn.Sequential(kind(padding), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval().requires_grad_(False)


@pytest.fixture
def sample():
    return torch.randn((2, 3, 16, 16), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("padding", "expected"), [(1, (1, 1)), ((2, 2, 1, 1), (1, 2))])
def test_equal_sides_are_folded(sample, padding, expected):
    made = network(Same, padding)
    before, paths = made(sample), [path for path, _ in made.named_modules()]
    assert fold_padding(made, sample) == [["0", "zeros"]]
    assert made[0].padding == expected
    assert isinstance(made[0].zeros, nn.Identity)
    assert [path for path, _ in made.named_modules()] == paths
    assert torch.equal(made(sample), before)


def test_sides_that_differ_are_left_alone(sample):
    made = network(Same, (0, 1, 0, 1))
    assert fold_padding(made, sample) == []
    assert isinstance(made[0].zeros, nn.ZeroPad2d)


def test_the_target_layer_is_left_alone(sample):
    made = network(Same, 1)
    assert fold_padding(made, sample, made[0].zeros) == []


def test_what_would_move_the_output_is_undone(sample):
    made = network(Deaf, 1)
    before = made(sample)
    assert fold_padding(made, sample) == []
    assert made[0].padding == (0, 0)
    assert torch.equal(made(sample), before)


def test_the_demos_network(demo, demo_probe):
    """Twelve of its sixteen blocks pad evenly."""
    left = [module for module in demo_probe.network.modules() if isinstance(module, nn.ZeroPad2d)]
    assert left
    assert all(zeros.padding[0] != zeros.padding[1] for zeros in left)
