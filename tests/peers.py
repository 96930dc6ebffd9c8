"""torch-cam and pytorch-grad-cam on a plain network, and small networks twice: that, and opened by cambench."""

import copy
import functools

import numpy as np
import pytorch_grad_cam
import torch
import torchcam.methods
from conftest import COMPUTE, opened, small
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn
from torch.nn.functional import elu

from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.open import open_probe

PIXELS = np.random.default_rng(1).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3])


def grad_cam(network, layer, images, classes, method, **settings):
    """Raw maps of pytorch-grad-cam at a layer, named by its path, (n, h, w)."""
    network = copy.deepcopy(network).requires_grad_(True)
    target = network.get_submodule(layer)
    cam = getattr(pytorch_grad_cam, method)(network, [target], **settings)
    targets = [ClassifierOutputTarget(int(c)) for c in classes]
    seen, outputs = cam.activations_and_grads, cam.activations_and_grads(images)
    sum(target(output) for target, output in zip(targets, outputs, strict=True)).backward()
    A, g = (kept[0].detach().numpy() for kept in (seen.activations, seen.gradients or seen.activations))
    maps = cam.get_cam_image(images, target, targets, A, g, False)
    seen.release()
    return torch.from_numpy(np.asarray(maps))


def torch_cam(network, layer, images, classes, method, change=lambda extractor: None, **settings):
    """Maps of torch-cam after its ReLU, (n, h, w); `change` is done to its extractor before."""
    network = copy.deepcopy(network).requires_grad_(True)
    extractor = getattr(torchcam.methods, method)(network, target_layer=layer, **settings)
    change(extractor)
    scores = network(images.clone().requires_grad_(True))
    given = {"scores": scores} if method == "FinerCAM" else {}
    maps = extractor(classes.tolist(), *([] if given else [scores]), normalized=False, **given)[0]
    extractor.remove_hooks()
    return maps.detach()


class Twice:
    """A network at a layer, two images of noise and their classes."""

    def __init__(self, factory: str, layer: str) -> None:
        block = small(factory, layer=layer)
        self.layer = layer
        self.probe, self.network = open_probe("net", block, COMPUTE), build("net", block)
        self.images = self.probe.prepare(PIXELS)

    def batch(self):
        return opened(self.probe, PIXELS, CLASSES)

    def ours(self, name, /, **settings):
        """Raw maps (n, h, w)."""
        return bind(name, settings, COMPUTE["batch"])(self.batch())[0]

    def seen(self):
        """A, g and the logits of the plain network."""
        network, kept = copy.deepcopy(self.network).requires_grad_(True), []
        network.get_submodule(self.layer).register_forward_hook(
            lambda _, __, output: kept.append(output.clone()) or kept[-1]
        )
        logits = network(self.images)
        (g,) = torch.autograd.grad(logits.gather(1, CLASSES[:, None]).sum(), kept)
        return kept[0].detach(), g, logits.detach()

    def probability(self, images):
        """Softmax of images (m, 3, H, W), (m, classes)."""
        with torch.no_grad():
            return self.network(images).softmax(1)

    def grad_cam(self, method, **settings):
        return grad_cam(self.network, self.layer, self.images, CLASSES, method, **settings)

    def torch_cam(self, method, *change, **settings):
        return torch_cam(self.network, self.layer, self.images, CLASSES, method, *change, **settings)


class Signed(nn.Module):
    """Two convolutions, the second of which is the target layer, then two of one pixel, and average pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.layer = nn.Conv2d(3, 8, 5, stride=4, padding=2), nn.Conv2d(8, 6, 3, padding=1)
        self.mixed, self.classes = nn.Conv2d(6, 8, 1), nn.Conv2d(8, 5, 1)
        with torch.no_grad():
            self.layer.weight.mul_(3)
            self.classes.weight.mul_(6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classes(self.mixed(elu(self.layer(self.stem(x).relu()))).relu()).mean((2, 3))


class Fixed(Signed):
    """The same with a linear layer that takes maps of one size."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(5 * 8 * 8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.classes(self.mixed(elu(self.layer(self.stem(x).relu())))).flatten(1))


@functools.cache
def signed() -> Twice:
    """Activations of both signs, and a head of ReLUs: gradients differ from position to position."""
    return Twice("peers:Signed", "layer")


@functools.cache
def pooled() -> Twice:
    """Activations after a ReLU, one channel of them 0, before global average pooling and a linear layer."""
    return Twice("tiny:Tiny", "relu")
