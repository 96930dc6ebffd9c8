"""Methods against formulas written out in float64 loops on a tiny network, whose gradients are known by hand.

Tiny ends in global average pooling and one linear layer: dy/dA_k = W[c, k] / (h w) at every position, also for noisy
inputs.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from torch.nn.functional import interpolate, softmax

from cambench.methods import eigencam
from cambench.methods._contract import bind
from cambench.networks.open import open_probe

CLASSES = [1, 3]
PIXELS = np.random.default_rng(1).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)


class Given:
    """A batch that answers with given activations and gradients."""

    device = torch.device("cpu")

    def __init__(self, A, g):
        self._A, self._g = A, g

    def __len__(self):
        return len(self._A)

    def gradients(self):
        return self._A, self._g


@pytest.fixture(scope="module")
def signed():
    """A network whose target layer has values of both signs."""
    return open_probe("mapped", small("tiny:Mapped", layer="maps"), COMPUTE)


@pytest.fixture(scope="module")
def known(tiny):
    """A (n, K, h, w), and W and b of the linear layer, in float64."""
    fc = tiny.network.fc
    return tuple(values.double().numpy() for values in (batch(tiny).activations(), fc.weight, fc.bias))


def batch(probe):
    return opened(probe, PIXELS, CLASSES)


def run(probe, cam, **options):
    return bind(cam, options, COMPUTE["batch"])(batch(probe))[0].double().numpy()


def weighted(weights, A):
    return np.einsum("nk,nkij->nij", weights, A)


def gradients(A, W):
    """g, float64 (n, K, h, w)."""
    return np.broadcast_to(W[CLASSES][:, :, None, None], A.shape) / (A.shape[2] * A.shape[3])


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_gradients_are_those_known_by_hand(tiny, known):
    A, W, _ = known
    close(batch(tiny).gradients()[1].double().numpy(), gradients(A, W))


def test_cam_and_its_relatives_are_one_map_under_average_pooling(tiny, known):
    A, W, _ = known
    expected = weighted(W[CLASSES], A)
    close(run(tiny, "cam"), expected)
    for method in ("gradcam", "hirescam", "xgradcam"):
        close(run(tiny, method), expected / A[0, 0].size)


def test_layercam(tiny, known):
    A, W, _ = known
    close(run(tiny, "layercam"), (np.maximum(gradients(A, W), 0) * A).sum(1))


def test_gradcampp(tiny, known):
    A, W, _ = known
    g = gradients(A, W)
    a = g**2 / (2 * g**2 + A.sum((2, 3), keepdims=True) * g**3)
    close(run(tiny, "gradcampp"), weighted((a * np.maximum(g, 0)).sum((2, 3)), A))
    official = (a * np.maximum(g, 0)).sum((2, 3)) / a.sum((2, 3))
    close(run(tiny, "gradcampp", variant="official"), weighted(official, A))
    close(run(tiny, "gradcampp", variant="poppi2021"), weighted((g**2 * np.maximum(g, 0)).sum((2, 3)), A))


@pytest.mark.parametrize("variant", ["chattopadhay2018", "official"])
def test_gradcampp_of_gradients_whose_square_underflows(variant):
    """|g| = 1e-30, where float32 holds neither g^2 nor g^3; a_k is 1/2 to rounding."""
    given = Given(torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4) * 1e-30)
    A, g = (values.double().numpy() for values in given.gradients())
    maps, _ = bind("gradcampp", {"variant": variant}, 2)(given)
    close(maps.double().numpy(), weighted(g.sum((2, 3)) / (2 if variant == "chattopadhay2018" else 16), A))


@pytest.mark.parametrize("variant", ["chattopadhay2018", "official"])
def test_gradcampp_of_a_denominator_of_zero(variant):
    """sum A = 8 and g = -1/4 give 2 + (sum A) g = 0: the position counts for nothing."""
    A, g = torch.full((1, 2, 2, 2), 2.0), torch.ones(1, 2, 2, 2)
    g[0, 0, 0, 0] = -0.25
    maps, condition = bind("gradcampp", {"variant": variant}, 1)(Given(A, g))
    # Elsewhere a = 1 / 10, so w = 0.3 and 0.4; divided by their sums, 1 and 1.
    expected = {"chattopadhay2018": (0.3 + 0.4) * 2, "official": (1 + 1) * 2}[variant]
    np.testing.assert_allclose(maps, np.full((1, 2, 2), expected), rtol=1e-6)
    assert condition.isfinite().all()


def test_smoothgradcampp(tiny, known):
    """The gradient does not depend on the input here, so the moments are powers of g and the noise drops out."""
    A, W, _ = known
    g = gradients(A, W)
    a = g**2 / (2 * g**2 + A.sum((2, 3), keepdims=True) * g**3)
    close(run(tiny, "smoothgradcampp"), weighted((a * np.maximum(g, 0)).sum((2, 3)), A))


def test_smoothgradcampp_2021_sums_the_last_noisy_activations(tiny, known):
    A, W, _ = known
    clean = batch(tiny)
    random = clean.random(0)
    for _ in range(4):
        noisy = clean.images + 0.3 * random.normal(tuple(clean.images.shape[1:]))
    last = clean.gradients_at(noisy)[0].double().numpy()
    g = gradients(A, W)
    a = g**2 / (2 * g**2 + (g**3 * A).sum((2, 3), keepdims=True))
    found = run(tiny, "smoothgradcampp", variant="poppi2021", samples=4)
    close(found, weighted((a * np.maximum(g, 0)).sum((2, 3)), last))


def test_ablationcam(tiny, known):
    A, W, b = known
    logit = (W[CLASSES] * A.mean((2, 3))).sum(1) + b[CLASSES]
    close(run(tiny, "ablationcam"), weighted(W[CLASSES] * A.mean((2, 3)) / logit[:, None], A))


def test_reciprocam(tiny, known):
    A, W, b = known
    logits = np.einsum("ck,nkij->ncij", W, A) / A[0, 0].size + b[:, None, None]
    expected = softmax(torch.from_numpy(logits), 1).numpy()[np.arange(2), CLASSES]
    close(run(tiny, "reciprocam"), expected)


@pytest.mark.parametrize("variant", ["muhammad2020", "centred"])
@pytest.mark.parametrize("network", ["tiny", "signed"])
def test_eigencam_is_numpys_svd(request, network, variant):
    probe = request.getfixturevalue(network)
    A = batch(probe).activations().double().numpy()
    for found, activation in zip(run(probe, "eigencam", variant=variant), A, strict=True):
        X = activation.reshape(len(activation), -1).T
        norm = np.linalg.norm(X, axis=1).reshape(found.shape)
        X = X - X.mean(0) * (variant == "centred")
        _, values, vectors = np.linalg.svd(X)
        expected = (X @ vectors[0]).reshape(found.shape)
        assert values[0] > 1.05 * values[1]
        close(found, expected * np.sign((expected * (norm if variant == "centred" else 1)).sum()))


@pytest.mark.parametrize("variant", ["muhammad2020", "centred"])
@pytest.mark.parametrize("channels", [3, 30])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_eigencam_of_values_whose_products_are_not_finite(variant, channels, value):
    """`eigh` would refuse the batch; fewer channels than positions, and more."""
    A = torch.rand(3, channels, 4, 4, generator=torch.Generator().manual_seed(0))
    sound = eigencam.cam(SimpleNamespace(activations=lambda: A.clone()), variant=variant)
    A[1, 2, 0, 3] = value
    found = eigencam.cam(SimpleNamespace(activations=lambda: A), variant=variant)
    assert found[1].isnan().all()
    close(found[[0, 2]].numpy(), sound[[0, 2]].numpy())


@pytest.mark.parametrize("score", ["probability", "logit"])
def test_scorecam(tiny, known, score):
    A, images = known[0], tiny.prepare(PIXELS)
    scores = np.array([[score_of(tiny, x, H, c, score) for H in map(scaled, a)] for x, a, c in rows(images, A)])
    close(run(tiny, "scorecam", score=score), weighted(softmax(torch.from_numpy(scores), 1).numpy(), A))


def test_scorecam_2021(tiny, known):
    A, images = known[0], tiny.prepare(PIXELS)
    expected = []
    for x, activation, c in rows(images, A):
        masks = [scaled(channel) for channel in activation if channel.max() > channel.min()]
        expected.append(sum(score_of(tiny, x, H, c, "probability") * H for H in masks))
    close(run(tiny, "scorecam", variant="poppi2021"), np.stack(expected))


def test_scorecam_2021_of_images_without_a_live_channel(tiny):
    """No channel is looked through, so that nothing is forwarded."""
    batch = opened(tiny, PIXELS, CLASSES)
    vars(batch)["_clean"] = batch._clean._replace(maps=torch.ones_like(batch.activations()))
    assert not bind("scorecam", {"variant": "poppi2021"}, COMPUTE["batch"])(batch)[0].any()


def rows(images, A):
    return zip(images, A, CLASSES, strict=True)


def scaled(channel):
    spread = channel.max() - channel.min()
    return (channel - channel.min()) / spread if spread > 0 else np.zeros_like(channel)


def score_of(probe, image, H, c, score):
    mask = interpolate(torch.from_numpy(H)[None, None].float(), image.shape[1:], mode="bilinear", align_corners=False)
    logits = probe.network(image[None] * mask)[0].double()
    return float((softmax(logits, 0) if score == "probability" else logits)[c])


def test_fakecam_and_baselines(tiny):
    fake = run(tiny, "fakecam")
    assert fake.shape == (2, 32, 32)
    assert fake[:, 0, 0].tolist() == [0, 0]
    assert fake.sum() == 2 * (32 * 32 - 1)
    centre = run(tiny, "centre")[0]
    assert np.unravel_index(centre.argmax(), centre.shape) in {(3, 3), (3, 4), (4, 3), (4, 4)}
    assert centre[0, 0] == pytest.approx(np.exp(-(0.4375**2) * 2 / (2 * 0.25**2)), rel=1e-5)
    random = run(tiny, "random")
    assert 0 <= random.min() < 0.1
    assert 0.9 < random.max() < 1
    assert not np.allclose(random[0], random[1])
