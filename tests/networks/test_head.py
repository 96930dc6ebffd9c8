"""The head alone gives the logits of its activations, and every module gets its own forward back."""

import pytest
import torch
from conftest import COMPUTE, opened, small
from tiny import Residual, Tiny
from torch import nn
from vits import timm_vit, torchvision_vit

from cambench.networks.head import Head, forwarding
from cambench.networks.open import open_probe
from cambench.networks.outputs import noise
from cambench.networks.probe import Probe

SAMPLE = noise((32, 32), torch.device("cpu"))


class Shared(nn.Module):
    """One ReLU before the target layer and in the head."""

    def __init__(self):
        super().__init__()
        self.stem, self.layer = nn.Conv2d(3, 4, 3, stride=4), nn.Conv2d(4, 4, 3)
        self.relu, self.fc = nn.ReLU(), nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(self.relu(self.layer(self.relu(self.stem(x)))).mean((2, 3)))


def frozen(kind):
    torch.manual_seed(0)
    return kind().eval().requires_grad_(False)


def own_forwards(network):
    return {path: vars(module)["forward"] for path, module in network.named_modules() if "forward" in vars(module)}


@pytest.mark.parametrize(("kind", "layer"), [(Tiny, "relu"), (Tiny, "stem"), (Shared, "layer")])
def test_logits_are_those_of_the_whole_network(kind, layer):
    network, seen = frozen(kind), []
    module = network.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, output: seen.append(output.clone()))
    expected = network(SAMPLE)
    handle.remove()
    head = Head(network, module, SAMPLE)
    assert torch.equal(head(seen[0]), expected)
    torch.testing.assert_close(head(torch.cat([seen[0]] * 3)), torch.cat([expected] * 3))
    assert not torch.equal(head(seen[0] * 2), expected)
    assert own_forwards(network) == {}


def test_a_forward_of_a_modules_own_comes_back_also_after_an_error():
    network = frozen(Tiny)
    stem, relu = network.stem.forward, network.relu.forward
    network.stem.forward = lambda x: 2 * stem(x)
    network.relu.forward = lambda x: relu(x) + 1
    before, expected = own_forwards(network), network(SAMPLE)
    assert before.keys() == {"stem", "relu"}
    head = Head(network, network.norm, SAMPLE)
    assert torch.equal(head(network.norm(network.stem(SAMPLE))), expected)
    assert own_forwards(network) == before
    head = Head(network, network.relu, SAMPLE)
    with pytest.raises(RuntimeError, match="shape"):
        head(torch.zeros(2, 7, 8, 8))  # the linear layer takes four channels
    assert own_forwards(network) == before
    assert torch.equal(network(SAMPLE), expected)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_forwards_are_given_back():
    network = frozen(Tiny)
    own = network.fc.forward = lambda x: x

    def fail():
        with forwarding({network.fc: torch.sin, network.relu: torch.cos}):
            assert own_forwards(network) == {"fc": torch.sin, "relu": torch.cos}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert own_forwards(network) == {"fc": own}


def test_a_head_that_needs_more_than_its_layer_is_refused():
    network = frozen(Residual)
    head = Head(network, network.branch, SAMPLE)
    with pytest.raises(RuntimeError):
        head(torch.zeros(2, 4, 8, 8))
    assert own_forwards(network) == {}


@pytest.mark.parametrize(
    ("make", "layer"),
    [(torchvision_vit, "encoder.layers.encoder_layer_0"), (timm_vit, "blocks.0"), (timm_vit, "norm")],
)
def test_class_token_and_positions_need_no_numbers(make, layer):
    """They are parameters that are mixed with what comes before the layer, not the outputs of modules."""
    network, seen = make(), []
    module = network.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, output: seen.append(output))
    expected = network(SAMPLE)
    handle.remove()
    head = Head(network, module, SAMPLE)
    assert torch.allclose(head(seen[0]), expected, atol=1e-6)
    assert torch.allclose(head(seen[0][[1, 0, 1]]), expected[[1, 0, 1]], atol=1e-6)


class Steps(nn.Module):
    """Adds what comes before its layer to the layer's output, in one of several ways."""

    def __init__(self, way):
        super().__init__()
        self.stem, self.layer, self.fc, self.way = nn.Conv2d(3, 4, 4, 4), nn.Conv2d(4, 4, 1), nn.Linear(4, 3), way

    def forward(self, x):
        before = self.stem(x)
        after = self.layer(before)
        if self.way == "statement":
            after.add_(before)
        elif self.way == "assignment":
            after += before
        elif self.way == "item":
            after[:, 0] = before[:, 0]
        else:
            after = torch.add(after, before)
        return self.fc(after.mean((2, 3)))


@pytest.mark.parametrize("way", ["statement", "assignment", "item", "function"])
def test_nothing_before_the_layer_is_lost(way):
    network = Steps(way).eval().requires_grad_(False)
    with pytest.raises(RuntimeError, match="the head needs more"):
        Head(network, network.layer, SAMPLE)(torch.randn(2, 4, 8, 8))


class Aside(nn.Module):
    """A trunk that hands on more than its map: a number, the number of images, or features that it keeps."""

    def __init__(self, way):
        super().__init__()
        self.stem, self.way, self.kept = nn.Conv2d(3, 4, 4, 4), way, None

    def forward(self, x):
        self.kept = self.stem(x)
        return self.kept, float(self.kept.abs().mean()) if self.way == "number" else len(x)


class Skip(nn.Module):
    """Takes it up after its layer."""

    def __init__(self, way):
        super().__init__()
        self.trunk, self.layer, self.fc, self.way = Aside(way), nn.Conv2d(4, 4, 1), nn.Linear(4, 3), way

    def forward(self, x):
        before, aside = self.trunk(x)
        after = self.layer(before)
        if self.way in ("kept", "last"):
            after = after + (self.trunk.kept if self.way == "kept" else self.trunk.kept[-1:])
        if self.way == "length":
            after = after.reshape(aside, 4, 8, 8)
        return self.fc(after.mean((2, 3))) * (aside if self.way == "number" else 1)


@pytest.mark.parametrize("way", ["number", "length", "kept", "last"])
def test_whole_passes_where_a_trunk_hands_on_more_than_the_layer_takes(way, pixels):
    """The head would take what was handed on for other images, silently or until their number changes."""
    torch.manual_seed(0)
    network = Skip(way).eval().requires_grad_(False)
    probe = Probe(network, "layer", small()["preprocessing"])
    assert torch.allclose(Head(network, network.layer, SAMPLE)(probe.opened(SAMPLE).maps), network(SAMPLE))
    assert probe.head is None
    batch = opened(probe, pixels[:1])
    A = batch.activations()
    found = batch.head(lambda start, stop: A.expand(3, -1, -1, -1)[start:stop], torch.zeros(3, dtype=torch.long))
    assert torch.allclose(found, batch.logits().expand(3, -1), atol=1e-5)


def test_head_inside_a_residual_block_makes_whole_passes(pixels):
    probe = open_probe("residual", small("tiny:Residual", layer="branch"), COMPUTE)
    batch = opened(probe, pixels)
    A = batch.activations()
    assert probe.head is None
    assert torch.allclose(batch.head(lambda start, stop: A[start:stop], torch.arange(6)), batch.logits(), atol=1e-5)
    assert batch.passes.tolist() == [2] * 6
