"""Methods on tokens equal pytorch-grad-cam's and torch-cam's at the same layer; each gives maps or says why not."""

import copy

import numpy as np
import pytest
import pytorch_grad_cam
import torch
import torchcam.methods
from conftest import COMPUTE, opened, small, unit
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from cambench import methods
from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe

PIXELS = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([0, 3, 4])
# By name: the factory, its arguments, and how many tokens come before the 4 x 4 of patches, or none for (n, h, w, K).
NETWORKS = {
    "torchvision": ("vits:torchvision_vit", {}, 1),
    "distilled": ("vits:timm_vit", {"name": "deit_tiny_distilled_patch16_224"}, 2),
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

    def grad_cam(self, method):
        network = copy.deepcopy(self.network).requires_grad_(True)
        layer, images = network.get_submodule(self.probe.layer), self.probe.prepare(PIXELS)
        cam = getattr(pytorch_grad_cam, method)(network, [layer], reshape_transform=self.places)
        targets = [ClassifierOutputTarget(int(c)) for c in CLASSES]
        seen, outputs = cam.activations_and_grads, cam.activations_and_grads(images)
        sum(target(output) for target, output in zip(targets, outputs, strict=True)).backward()
        A, g = (kept[0].detach().numpy() for kept in (seen.activations, seen.gradients))
        maps = cam.get_cam_image(images, layer, targets, A, g, False)
        seen.release()
        return unit(torch.from_numpy(np.asarray(maps)))

    def torch_cam(self, method):
        network, layer = copy.deepcopy(self.network).requires_grad_(True), self.probe.layer
        extractor = getattr(torchcam.methods, method)(network, target_layer=layer, reshape_transform=self.places)
        images = self.probe.prepare(PIXELS).requires_grad_(True)
        maps = extractor(CLASSES.tolist(), network(images), normalized=False)[0]
        extractor.remove_hooks()
        return unit(maps)


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
    assert float((subject.ours(cam) - getattr(subject, peer)(theirs)).abs().max()) < 1e-5


def test_gradcampp_of_torch_cam(subject):
    theirs = subject.torch_cam("GradCAMpp")
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
        assert cam == "cam" or subject.prefix is None, reason
        return
    maps = bind(cam, {}, 8)(subject.batch())[0]
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
