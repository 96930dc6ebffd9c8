"""Folding batch norms changes the network in place but not its answers; otherwise it is undone."""

import pytest
import torch
from conftest import small
from tiny import Tiny
from torch import nn

from cambench.networks.build import build
from cambench.networks.fold import fold_batch_norm


class Reading(Tiny):
    """Its answers follow from the weights that folding changes, beside what they compute."""

    def forward(self, x):
        return super().forward(x) + self.stem.weight.sum()


class Twice(Tiny):
    """Calls its convolution twice, so that the batch norm follows one call of two."""

    def forward(self, x):
        return super().forward(x) + self.stem(x).mean()


@pytest.fixture
def sample():
    return torch.randn((2, 3, 32, 32), generator=torch.Generator().manual_seed(0))


def frozen(kind):
    torch.manual_seed(0)
    return kind().eval().requires_grad_(False)


def test_folding_changes_the_network_in_place(sample):
    network = build("net", small())
    before, weight, paths = network(sample), network.stem.weight.clone(), [path for path, _ in network.named_modules()]
    assert fold_batch_norm(network, sample) == [["stem", "norm"]]
    assert isinstance(network.norm, nn.Identity)
    assert not torch.equal(network.stem.weight, weight)
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert [path for path, _ in network.named_modules()] == paths
    torch.testing.assert_close(network(sample), before)


def test_the_docstring_says_that_the_network_is_changed():
    assert "in place" in fold_batch_norm.__doc__


def test_folding_that_would_move_the_output_is_undone(sample):
    network = frozen(Reading)
    before, modules = network(sample), list(network.modules())
    state = {name: values.clone() for name, values in network.state_dict().items()}
    assert fold_batch_norm(network, sample) == []
    assert list(network.modules()) == modules
    assert network.state_dict().keys() == state.keys()
    assert all(torch.equal(values, state[name]) for name, values in network.state_dict().items())
    torch.testing.assert_close(network(sample), before)


@pytest.mark.parametrize("kept", [None, "stem", "norm"])
def test_the_target_layer_and_a_convolution_of_two_calls_are_left_alone(sample, kept):
    network = frozen(Tiny if kept else Twice)
    assert fold_batch_norm(network, sample, network.get_submodule(kept) if kept else None) == []
    assert isinstance(network.norm, nn.BatchNorm2d)


def test_no_hook_is_left_behind(sample):
    network = frozen(Tiny)
    fold_batch_norm(network, sample)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    with pytest.raises(RuntimeError):
        fold_batch_norm(network, sample[:, :2])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
