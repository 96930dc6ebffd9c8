"""Random weights in a network: every parameter is drawn, from the seed alone, and batch norms fit what they get."""

import copy

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, settings, small
from tiny import Tiny
from torch import nn
from torchvision import models

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe, open_random, randomised
from cambench.networks.outputs import logits_of, noise
from cambench.networks.redraw import redraw
from cambench.networks.weights import digest

SIZE = (32, 32)
FACTORIES = {
    "tiny": "tiny:Tiny",
    "vit": "vits:torchvision_vit",
    "timm_vit": "vits:timm_vit",
    "swin": "vits:timm_swin",
    "hf_vit": "vits:hugging_face",
    "siglip": "vits:siglip",
    "own": "vits:Second",
}


def trained(factory):
    """A network every parameter of which has learnt something."""
    network = build("net", small(factory))
    random = torch.Generator().manual_seed(5)
    for values in network.parameters():
        values.add_(0.1 * torch.randn(values.shape, generator=random))
    return network


def state(network):
    return {name: values.clone() for name, values in network.named_parameters()}


@pytest.mark.parametrize("kind", FACTORIES)
def test_every_parameter_is_drawn(kind):
    """Also class tokens, positions and tables of bias, which no `reset_parameters` knows."""
    network = trained(FACTORIES[kind])
    before = state(network)
    after = state(redraw(network, SIZE, 0))
    for name, values in before.items():
        assert values.numel() == 1 or not torch.isclose(values, after[name]).float().mean() > 0.5, name
    same = np.concatenate([before[name].flatten().numpy() for name in before if before[name].std() > 0])
    drawn = np.concatenate([after[name].flatten().numpy() for name in before if before[name].std() > 0])
    assert abs(np.corrcoef(same - same.mean(), drawn)[0, 1]) < 0.9  # scales are alike, values are not
    assert logits_of(network(noise(SIZE, torch.device("cpu")))).isfinite().all()
    assert not network.training
    assert not any(values.requires_grad for values in network.parameters())


def test_a_seed_decides_all_numbers():
    state = torch.random.get_rng_state()
    drawn = [digest(redraw(trained("vits:timm_vit"), SIZE, seed)) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert digest(redraw(trained("vits:timm_vit").train().eval(), SIZE, 0)) == drawn[0]
    torch.random.set_rng_state(state)
    redraw(build("net", small()), SIZE, 0)
    torch.manual_seed(3)
    first = torch.rand(1)
    torch.manual_seed(3)
    redraw(trained("tiny:Tiny"), SIZE, 0)
    torch.manual_seed(3)
    assert torch.rand(1) == first


def test_nothing_else_draws_from_the_seed():
    torch.manual_seed(3)
    expected = torch.rand(2)[1]
    torch.manual_seed(3)
    torch.rand(1)
    network = Tiny().eval().requires_grad_(False)
    torch.manual_seed(3)
    torch.rand(1)
    redraw(network, SIZE, 0)
    assert torch.rand(1) == expected


def test_a_network_of_random_weights_gets_others():
    """Whatever its own seed is, which may be the same."""
    for name, values in redraw(build("net", small(seed=0)), SIZE, 0).named_parameters():
        if name.endswith("weight") and "norm" not in name:
            assert not torch.isclose(values, build("net", small(seed=0)).get_parameter(name)).any()


def test_what_learning_made_of_a_layer_decides_nothing():
    """But for the mean and the deviation of parameters that nobody says how to draw."""
    one, two = build("net", small()), trained("tiny:Tiny")
    assert digest(redraw(one, SIZE, 0)) == digest(redraw(two, SIZE, 0))


def test_a_bare_parameter_keeps_its_mean_and_deviation():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(2))
    network(torch.zeros(1, 3, *SIZE))
    network.token = nn.Parameter(torch.linspace(5, 7, 10_000))
    network.scale = nn.Parameter(torch.tensor(3.0))
    redraw(network.eval().requires_grad_(False), SIZE, 0)
    assert network.token.mean() == pytest.approx(6, abs=0.05)
    assert network.token.std() == pytest.approx(2 / 12**0.5, rel=0.05)
    assert np.corrcoef(network.token, np.arange(10_000))[0, 1] == pytest.approx(0, abs=0.05)
    assert network.scale == 3  # a number alone has no deviation


def test_batch_norms_have_statistics_of_their_own():
    """Of the same noise each channel has nearly a mean of 0 and a variance of 1, however deep it lies."""
    network = models.resnet18(weights=None).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.fill_(3)
            module.running_var.fill_(50)
    outputs = {}
    redraw(network, (128, 128), 0)
    for path, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda _, __, output, path=path: outputs.update({path: output.clone()}))
            assert (module.momentum, module.training) == (0.1, False)
    network(noise((128, 128), torch.device("cpu"), (1,) * 8))
    assert len(outputs) == 20
    for path, output in outputs.items():
        assert output.mean((0, 2, 3)).abs().max() < 0.1, path
        assert output.var((0, 2, 3)) == pytest.approx(np.ones(output.shape[1]), abs=0.2), path


class Picky(nn.Linear):
    """Asks how it is to be drawn, or fails."""

    def __init__(self, fails: bool) -> None:
        self.fails = None
        super().__init__(4, 3)
        self.fails = fails

    def reset_parameters(self, *, std: float = 1.0) -> None:
        if self.fails:
            raise RuntimeError("no numbers left")
        if self.fails is None:
            return super().reset_parameters()
        nn.init.normal_(self.weight, 100, std)
        return None


class Asks(nn.Linear):
    """Needs to be told."""

    def reset_parameters(self, std: float | None = None, *given: float) -> None:
        nn.Linear.reset_parameters(self)

    def _reset_parameters(self, std: float) -> None:
        raise AssertionError


def around(layer):
    return (
        nn.Sequential(nn.Conv2d(3, 4, 4, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), layer).eval().requires_grad_(False)
    )


def test_a_layer_draws_itself_as_far_as_it_does():
    network = around(Picky(False))
    bias = network[3].bias.clone()
    redraw(network, SIZE, 0)
    assert network[3].weight.mean() == pytest.approx(100, abs=1)
    assert not torch.isclose(network[3].bias, bias).any()  # which it leaves as it is
    redraw(around(Asks(4, 3)), SIZE, 0)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match=r"^layer '3' cannot be given random weights: no numbers left$"):
        redraw(around(Picky(True)), SIZE, 0)
    network = around(nn.Linear(4, 3))
    network.factor = nn.Parameter(torch.full((1,), torch.inf), requires_grad=False)
    network.register_forward_hook(lambda module, _, output: output * module.factor)
    line = r"^networks\.net: with random weights its logits of an image of noise are not finite$"
    with pytest.raises(InputError, match=line):
        randomised("net", network, settings(preprocessing=PREPROCESSING), 0)


@pytest.mark.parametrize("factory", ["tiny:Tiny", "vits:timm_vit"])
def test_the_opened_network_gives_the_same_logits(factory):
    """Folded as the facts of the trained network say, and in the layout of the device."""
    block = small(factory)
    known = describe("net", block, COMPUTE)
    plain = redraw(copy.deepcopy(build("net", block)), SIZE, 7)
    probe, trained = open_random("net", block, COMPUTE, 1, known, 7), open_probe("net", block, COMPUTE)
    images = noise(SIZE, probe.device)
    with torch.no_grad():
        expected = logits_of(plain(images))
        torch.testing.assert_close(logits_of(probe.network(images)), expected, rtol=1e-4, atol=1e-4)
        own = logits_of(trained.network(images))
    assert not torch.allclose(own, expected, atol=1e-2)
    assert probe.layer == known["layer"]


def test_other_weights_than_the_described_ones_are_refused():
    known = describe("net", small(), COMPUTE)
    with pytest.raises(InputError, match=r"^networks\.net: its weights are no longer those of networks/net\.json"):
        open_random("net", small(seed=1), COMPUTE, 1, known)
