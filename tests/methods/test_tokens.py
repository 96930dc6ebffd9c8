"""Methods on tokens equal pytorch-grad-cam's and torch-cam's at the same layer; each gives maps or says why not."""

import copy

import numpy as np
import peers
import pytest
import quick
import torch
from conftest import COMPUTE, opened, small, unit

from cambench import methods
from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe

PIXELS = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([0, 3, 4])
# By name: the factory, its arguments, and how many tokens come before the 4 x 4 of patches, or none for (n, h, w, K).
NETWORKS = {
    "torchvision": ("vits:torchvision_vit", {}, 1),
    "distilled": ("vits:timm_vit", {"name": "deit_tiny_distilled_patch16_224", "embed_dim": 16, "num_heads": 2}, 2),
    "registers": ("vits:timm_vit", {"name": "vit_small_patch14_reg4_dinov2", "embed_dim": 16, "num_heads": 2}, 5),
    "swin": ("vits:timm_swin", {}, None),
}


class Subject:
    """A network twice: opened by us, and plain for the peers."""

    def __init__(self, name):
        factory, arguments, self.prefix = NETWORKS[name]
        block = small(factory, arguments=arguments)
        self.probe, self.network = open_probe(name, block, COMPUTE), build(name, block)
        self.facts = describe(name, block, COMPUTE)

    def batch(self):
        return opened(self.probe, PIXELS, CLASSES)

    def ours(self, cam, **options):
        return unit(bind(cam, options, 8)(self.batch())[0])

    def places(self, tokens):
        """A map of an output, as users of the peers write it."""
        if self.prefix is None:
            return tokens.permute(0, 3, 1, 2)
        return tokens[:, self.prefix :].reshape(len(tokens), 4, 4, -1).permute(0, 3, 1, 2)

    def of_peer(self, peer, method):
        """Maps of a peer, after ReLU and scaling."""
        images, ask = self.probe.prepare(PIXELS), getattr(peers, peer)
        return unit(ask(self.network, self.probe.layer, images, CLASSES, method, reshape_transform=self.places))


@pytest.fixture(scope="module", params=NETWORKS)
def subject(request):
    return Subject(request.param)


@pytest.mark.parametrize(
    ("cam", "peer", "theirs"),
    [
        ("gradcam", "grad_cam", "GradCAM"),
        ("gradcam", "torch_cam", "GradCAM"),
        ("layercam", "grad_cam", "LayerCAM"),
        ("layercam", "torch_cam", "LayerCAM"),
        ("hirescam", "grad_cam", "HiResCAM"),
    ],
)
def test_same_map(subject, cam, peer, theirs):
    assert float((subject.ours(cam) - subject.of_peer(peer, theirs)).abs().max()) < 1e-5


def test_gradcampp_of_torch_cam(subject):
    theirs = subject.of_peer("torch_cam", "GradCAMpp")
    assert float((subject.ours("gradcampp", variant="poppi2021") - theirs).abs().max()) < 1e-5


def test_gradients_are_those_of_the_whole_network(subject):
    """With respect to the layer's output, in a pass of the network that nothing was cut from."""
    seen, network = [], copy.deepcopy(subject.network).requires_grad_(True)
    network.get_submodule(subject.probe.layer).register_forward_hook(lambda _, __, output: seen.append(output))
    logits = network(subject.probe.prepare(PIXELS))
    (gradient,) = torch.autograd.grad(logits.gather(1, CLASSES[:, None]).sum(), seen)
    A, g = subject.batch().gradients()
    assert torch.allclose(A, subject.places(seen[0]), atol=1e-5)
    assert torch.allclose(g, subject.places(gradient), atol=1e-5)


@pytest.mark.parametrize("cam", [name for name in methods.names() if name != "file"])
def test_every_method_gives_maps_or_says_why_not(subject, cam):
    if reason := methods.refusal(cam, subject.facts):
        assert reason.startswith("needs ")
        assert cam in ("cam", "liftcam", "cameras", "fullgrad") or subject.prefix is None, reason
        return
    if cam == "cameras":  # timm's Swin takes images of one size
        with pytest.raises(InputError, match=r"^cameras: the network takes no images of 48 x 48 pixels: [^\n]*$"):
            bind(cam, quick.settings(cam), 8)(subject.batch())
        return
    maps = bind(cam, quick.settings(cam), 8)(subject.batch())[0]
    shape = (32, 32) if methods.facts(cam).resolution == "input" else (4, 4)
    assert maps.shape == (3, *shape)
    assert maps.isfinite().all()


def test_prefix_tokens_stay_those_of_the_owner(subject):
    """Activations of two images are exchanged: what remains of each is its prefix, and what went round the layer."""
    batch, owners, donors = subject.batch(), torch.tensor([1, 0, 2, 2]), torch.tensor([0, 1, 2, 0])
    A = batch.activations()[donors]
    places = A.permute(0, 2, 3, 1) if subject.prefix is None else A.flatten(2).transpose(1, 2)
    layer = subject.network.get_submodule(subject.probe.layer)
    for choice, factor in (("keep", 1), ("zero", 0)):
        handle = layer.register_forward_hook(
            lambda _, __, output, factor=factor: torch.cat([factor * output[:, : subject.prefix or 0], places], 1)
        )
        expected = subject.network(batch.images[owners])
        handle.remove()
        assert torch.allclose(batch.head(lambda start, stop: A[start:stop], owners, choice), expected, atol=1e-5)
