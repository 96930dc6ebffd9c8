"""ShapleyCAM: its closed form on a linear head, pytorch-grad-cam, finite differences on a curved head, attention."""

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from conftest import COMPUTE, PREPROCESSING, opened
from pytorch_grad_cam.utils.model_targets import ClassifierOutputReST, ClassifierOutputTarget
from torch import nn

from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.probe import Probe

PIXELS = np.random.default_rng(3).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
CLASSES = torch.tensor([1, 3])


class Curved(nn.Module):
    """A head whose second derivative is not zero."""

    bend = staticmethod(torch.tanh)

    def __init__(self):
        super().__init__()
        self.stem, self.mix, self.fc = nn.Conv2d(3, 4, 4, 4), nn.Conv2d(4, 6, 3), nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.stem(x))

    def head(self, A):
        return self.fc(self.bend(self.mix(A)).mean((2, 3)))


class Cube(torch.autograd.Function):
    """A function whose derivative says that it has none itself."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return Fixed.apply(3 * g * ctx.saved_tensors[0] ** 2)


class Fixed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise NotImplementedError("the derivative of 'fixed' is not implemented")


class Once(Curved):
    bend = staticmethod(Cube.apply)


def probe(kind):
    torch.manual_seed(0)
    return Probe(kind().eval().requires_grad_(False), "stem", PREPROCESSING)


@pytest.fixture(scope="module")
def curved():
    return probe(Curved)


def run(probe, cam, **options):
    batch = opened(probe, PIXELS, CLASSES)
    return bind(cam, options, COMPUTE["batch"])(batch)[0], batch


def close(found, expected):
    found, expected = found.double(), expected.double()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


def by_differences(network, A, utility):
    """g and H A in float64: a gradient, and the difference of two along A."""

    def gradient(at):
        at = at.requires_grad_()
        logits = network.head(at)
        L = logits + logits.log_softmax(1) if utility == "rest" else logits
        return torch.autograd.grad(L.gather(1, CLASSES[:, None]).sum(), at)[0]

    A = A.double()
    network.double()
    found = gradient(A), (gradient(A * (1 + 1e-4)) - gradient(A * (1 - 1e-4))) / 2e-4
    network.float()
    return found


def test_closed_form_on_average_pooling_and_a_linear_layer(tiny):
    """With s = y - b: w_k = grad L_k - (H A)_k / 2, grad L_k = (2 W_c - sum p W) / hw, H from the softmax alone."""
    found, batch = run(tiny, "shapleycam")
    A, W, b = batch.activations().double(), tiny.network.fc.weight.double(), tiny.network.fc.bias.double()
    p, s = batch.logits().double().softmax(1), batch.logits().double() - b
    gradient = (2 * W[CLASSES] - p @ W) / 64
    curvature = -torch.einsum("nj,nj,jk->nk", p, s - (p * s).sum(1, keepdim=True), W) / 64
    close(found, torch.einsum("nk,nkij->nij", gradient - curvature / 2, A))


@pytest.mark.parametrize(("variant", "same"), [("mean", "gradcam"), ("hires", "hirescam"), ("xgrad", "xgradcam")])
def test_of_a_linear_head_the_logit_gives_first_order_methods(tiny, variant, same):
    close(run(tiny, "shapleycam", utility="logit", variant=variant)[0], run(tiny, same)[0])


@pytest.mark.parametrize("utility", ["rest", "logit"])
def test_pytorch_grad_cam(curved, utility):
    """Image by image, for its ReST averages over a batch in some versions."""
    target = {"rest": ClassifierOutputReST, "logit": ClassifierOutputTarget}[utility]
    cam, expected = pytorch_grad_cam.ShapleyCAM(curved.network, [curved.network.stem]), []
    for image, label in zip(curved.prepare(PIXELS), CLASSES, strict=True):
        image = image[None].requires_grad_()
        seen, (logits,) = cam.activations_and_grads, cam.activations_and_grads(image)
        torch.autograd.grad(target(int(label))(logits), image, create_graph=True)
        maps = cam.get_cam_image(image, curved.network.stem, [], seen.activations[0], seen.gradients[0])
        expected.append(torch.from_numpy(maps[0]))
    cam.activations_and_grads.release()
    close(run(curved, "shapleycam", utility=utility)[0], torch.stack(expected))


@pytest.mark.parametrize("utility", ["rest", "logit"])
def test_variants_on_a_curved_head(curved, utility):
    A = opened(curved, PIXELS, CLASSES).activations()
    g, HA = by_differences(curved.network, A, utility)
    assert HA.abs().max() > 0.1 * g.abs().max()
    G, A = g - HA / 2, A.double()
    expected = {
        "mean": G.mean((2, 3), keepdim=True) * A,
        "hires": G * A,
        "elementwise": (G * A).relu(),
        "xgrad": (G * A).sum((2, 3), keepdim=True) / A.sum((2, 3), keepdim=True) * A,
    }
    for variant, products in expected.items():
        close(run(curved, "shapleycam", utility=utility, variant=variant)[0], products.sum(1))


def test_one_pass_serves_the_probability_too(curved):
    _, batch = run(curved, "shapleycam")
    assert batch.probability().shape == (2,)
    assert batch.passes.tolist() == [1, 1]


def test_attention_has_a_second_derivative(vit):
    """Fused kernels of attention have none; the head of a transformer's default layer holds the last block's."""
    batch = opened(vit, PIXELS, CLASSES)
    _, g, HA = batch.curvature(lambda y, _: y)
    torch.testing.assert_close(g, opened(vit, PIXELS, CLASSES).gradients()[1], rtol=1e-4, atol=1e-6)
    assert HA.abs().max() > 1e-3 * g.abs().max()


def test_a_head_without_a_second_derivative_is_refused():
    with pytest.raises(InputError, match="needs a second derivative of the network, but the derivative of 'fixed' is"):
        run(probe(Once), "shapleycam")
