"""A probe leaves the network as it is, whatever is asked of it."""

import pytest
import torch
from conftest import opened, small
from vits import timm_swin, timm_vit

from cambench.networks.build import build
from cambench.networks.layout import Layout
from cambench.networks.probe import Probe, UnreachedError

CLASSES = [0, 1, 2, 3, 4, 0]


@pytest.fixture
def network():
    """Tiny, with a hook and a forward of its own."""
    made = build("tiny", small())
    made.stem.register_forward_hook(lambda _, __, output: 2 * output)
    relu = made.relu.forward
    made.relu.forward = lambda x: relu(x) + 0.5
    return made


def condition(network):
    """Everything of a network that using it could change, but for the tensors."""
    modules = dict(network.named_modules())
    hooks = {path: (dict(m._forward_hooks), dict(m._forward_pre_hooks)) for path, m in modules.items()}
    forwards = {path: vars(module).get("forward") for path, module in modules.items()}
    flags = {path: parameter.requires_grad for path, parameter in network.named_parameters()}
    return modules, hooks, forwards, flags, network.training


def copied(network):
    return {name: values.clone() for name, values in network.state_dict().items()}


def use(probe, pixels):
    """Ask everything."""
    batch, owners = opened(probe, pixels, CLASSES), torch.arange(6)
    batch.logits(), batch.gradients(), batch.gradients_at(batch.images * 2), batch.classifier()
    batch.scores(lambda start, stop: batch.images[start:stop], owners)
    batch.head(lambda start, stop: batch.activations()[start:stop], owners)
    return probe.replaced(batch.images, batch.activations())


def test_the_network_is_left_as_it_is(network, pixels):
    before, state, images = condition(network), copied(network), torch.randn(2, 3, 32, 32)
    logits = network(images)
    probe = Probe(network, "relu", small()["preprocessing"])
    use(probe, pixels)
    assert condition(network) == before
    assert state.keys() == network.state_dict().keys()
    assert all(torch.equal(values, state[name]) for name, values in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(network(images), logits)


def test_the_network_is_left_as_it_is_after_an_error(network, pixels):
    before = condition(network)
    probe = Probe(network, "relu", small()["preprocessing"])
    batch, owners = opened(probe, pixels), torch.arange(6)
    wrong_images, wrong_activations = torch.zeros(6, 4, 32, 32), torch.zeros(6, 9, 8, 8)
    assert probe.head is not None
    for ask in (
        lambda: probe.cut(wrong_images),
        lambda: probe.replaced(batch.images, wrong_activations),
        lambda: batch.gradients_at(wrong_images),
        lambda: batch.scores(lambda start, stop: wrong_images[start:stop], owners),
        lambda: batch.head(lambda start, stop: wrong_activations[start:stop], owners),
    ):
        with pytest.raises(RuntimeError):
            ask()
        assert condition(network) == before
    probe._sample = wrong_images
    with pytest.raises(RuntimeError):
        _ = probe.classifier
    assert condition(network) == before


def test_several_probes_of_one_network_do_not_disturb_each_other(network, pixels):
    relu, stem = (Probe(network, layer, small()["preprocessing"]) for layer in ("relu", "stem"))
    expected = use(relu, pixels)
    assert torch.allclose(use(stem, pixels), expected, atol=1e-5)
    assert torch.equal(use(relu, pixels), expected)


def test_shapes_and_activations(tiny, pixels):
    batch = opened(tiny, pixels)
    logits, A = tiny.cut(batch.images)
    assert (tiny.map_shape, tiny.input_shape) == ((8, 8), (32, 32))
    assert (batch.map_shape, batch.input_shape) == ((8, 8), (32, 32))
    with torch.no_grad():
        assert torch.allclose(A, tiny.network.relu(tiny.network.norm(tiny.network.stem(batch.images))))
        assert torch.allclose(logits, tiny.network(batch.images))
    assert torch.equal(A, batch.activations())
    assert torch.allclose(tiny.replaced(batch.images, A), logits)


def test_classifier_is_a_linear_layer_on_the_average_of_the_target_layer(tiny):
    assert torch.equal(tiny.classifier, tiny.network.fc.weight)
    assert Probe(build("tiny", small()), "stem", small()["preprocessing"]).classifier is None  # a ReLU comes after it
    assert Probe(build("mapped", small("tiny:Mapped")), "stem", small()["preprocessing"]).classifier is None


TOKENS = Layout("tokens", 1, (4, 4))


@pytest.mark.parametrize(
    ("make", "layer", "layout"),
    [(timm_vit, "blocks.1.norm1", TOKENS), (timm_vit, "blocks.0", TOKENS), (timm_swin, "norm", Layout("nhwc"))],
)
def test_what_is_opened_at_tokens(make, layer, layout, pixels):
    network, seen = make(), []
    probe = Probe(network, layer, small()["preprocessing"], layout=layout)
    images = probe.prepare(pixels)
    handle = network.get_submodule(layer).register_forward_hook(lambda _, __, output: seen.append(output))
    expected = network(images)
    handle.remove()
    logits, A, prefix = probe.opened(images, leaf=True)
    assert torch.allclose(logits, expected, atol=1e-5)
    assert torch.allclose(layout.join(A, prefix), seen[0], atol=1e-6)
    assert A.is_leaf
    assert A.requires_grad
    assert prefix is None or not prefix.requires_grad
    assert probe.map_shape == (4, 4)
    assert torch.allclose(probe.replaced(images, A.detach()), expected, atol=1e-5)


def test_the_graph_begins_at_the_layer():
    """Nothing before it is kept for the backward pass, so that it costs no memory and no time."""
    network, before = timm_vit(), []
    probe = Probe(network, "blocks.1.norm1", small()["preprocessing"], layout=TOKENS)
    handle = network.blocks[0].register_forward_hook(lambda _, __, output: before.append(output.requires_grad))
    probe.opened(torch.randn(2, 3, 32, 32), leaf=True)
    handle.remove()
    assert before == [False]


@pytest.mark.parametrize("layer", ["blocks.1", "norm", "blocks.1.mlp"])
def test_a_map_that_no_logit_depends_on(layer):
    """Under a class token that is pooled, the other tokens of the last block lead nowhere."""
    with pytest.raises(UnreachedError, match=f"^the gradient at layer '{layer}' is zero: no logit depends on its map$"):
        Probe(timm_vit(), layer, small()["preprocessing"], layout=TOKENS)


def test_a_network_that_answers_the_same_to_everything_is_opened():
    """Such as a new one, whose head is still 0: then a gradient of zero tells nothing of the layer."""
    network = timm_vit()
    network.head.weight.data.zero_()
    assert Probe(network, "blocks.1", small()["preprocessing"], layout=TOKENS).map_shape == (4, 4)


def test_a_network_is_compiled_once_a_job_has_forwarded_many_inputs(network, pixels, monkeypatch):
    """In full batches, whose last one is filled up; a job of few inputs never waits for it."""
    compiled = []

    def note(inputs):
        compiled.append(len(inputs))
        return network(inputs)

    monkeypatch.setattr("cambench.networks.probe._COMPILED_AFTER", 6)
    monkeypatch.setattr(torch, "compile", lambda of, **_: note if of is network else None)
    probe = Probe(network, "relu", small()["preprocessing"], batch=4, compiled=True)
    plain = Probe(network, "relu", small()["preprocessing"], batch=4)
    owners = torch.arange(6)
    for seen in ([], [4, 4], [4, 4, 4, 4]):
        batch, other = (opened(one, pixels, CLASSES) for one in (probe, plain))
        logits = batch.scores(lambda start, stop, of=batch: of.images[start:stop], owners)
        assert compiled == seen
        torch.testing.assert_close(logits, other.logits())
