"""The condition of a map says how far rounding moves it: against perturbed activations, and against float64."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, unit
from torch.nn.functional import interpolate

from cambench.masks import Masking
from cambench.methods._condition import at_risk, cancelled, condition, quotient
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.probe import Shard
from cambench.stages.masked import explain_masked
from cambench.stages.metrics import ill_conditioned
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
DIVIDING = [
    ("xgradcam", {}),
    ("gradcampp", {}),
    ("gradcampp", {"variant": "official"}),
    ("smoothgradcampp", {"samples": 2}),
    ("smoothgradcampp", {"samples": 2, "variant": "poppi2021"}),
]


class Given:
    """A batch of given activations and gradients, float64, whatever the inputs."""

    device = torch.device("cpu")

    def __init__(self, A, g):
        self._A, self._g, self.images = A, g, torch.zeros(len(A), 1)

    def __len__(self):
        return len(self._A)

    def activations(self):
        return self._A

    def gradients(self):
        return self._A, self._g

    def gradients_at(self, inputs):
        return self._A, self._g

    def random(self, seed):
        return self

    def normal(self, shape):
        return torch.zeros(len(self), *shape)


@pytest.mark.parametrize(("cam", "settings"), DIVIDING)
def test_a_layer_of_one_sign_has_condition_0(tiny, cam, settings):
    for c in range(5):
        _, found = bind(cam, settings, COMPUTE["batch"])(opened(tiny, PIXELS, [c] * 6))
        assert found.tolist() == [0] * 6


@pytest.mark.parametrize("cam", ["gradcam", "eigencam", "scorecam", "fakecam"])
def test_a_method_without_a_denominator_states_none(tiny, cam):
    assert bind(cam, {}, COMPUTE["batch"])(opened(tiny, PIXELS))[1].tolist() == [0] * 6


@pytest.mark.parametrize(("cam", "settings"), DIVIDING)
def test_maps_of_perturbed_activations_move_as_far_as_the_condition_says(cam, settings):
    """Signed layers, each activation off by up to 1e-7 of itself: no map moves farther, and most by a tenth or more."""
    rng = torch.Generator().manual_seed(0)
    A, g = (torch.randn(400, 6, 5, 5, generator=rng, dtype=torch.float64) for _ in range(2))
    method = bind(cam, settings, 400)
    maps, found = method(Given(A, g))
    moved = torch.zeros(400, dtype=torch.float64)
    for _ in range(20):
        off = 1 + 1e-7 * (2 * torch.rand(A.shape, generator=rng, dtype=torch.float64) - 1)
        moved = moved.maximum((unit(method(Given(A * off, g))[0]) - unit(maps)).abs().amax(1))
    expected = 1e-7 * found.double()
    well, ill = (found > 0) & (found < 10), (found > 10) & (found < 1e4)
    assert (moved[well] < 2e-6).all()  # what any sum of activations moves by
    assert ill.sum() > 200
    assert (moved[ill] < expected[ill]).all()
    assert (moved[ill] / expected[ill]).median() > 0.1


class Exact:
    """The demo's network in float64, at the layer that a probe is opened at."""

    def __init__(self, probe, block):
        self.network, self.layer = build("lite0", block).double(), probe.layer

    def unit_map(self, cam, images, classes):
        seen = []
        layer = self.network.get_submodule(self.layer)
        handle = layer.register_forward_hook(lambda _, __, output: seen.append(output))
        logits = self.network(images.double().requires_grad_())
        handle.remove()
        (g,) = torch.autograd.grad(logits.gather(1, classes[:, None]).sum(), seen[0])
        return unit(bind(cam, {}, len(images))(Given(seen[0].detach(), g))[0])


@pytest.mark.parametrize(("cam", "moves"), [("xgradcam", True), ("gradcampp", False)])
def test_the_demos_ill_conditioned_rows_are_those_that_move(demo, demo_probe, photographs, cam, moves):
    """Maps of five photographs on Lite0's last block, and of the masked photographs, in float32 against float64."""
    pixels, exact = photographs["pixels"][:5], Exact(demo_probe, demo["networks"]["efficientnet-lite0"])
    images = demo_probe.prepare(pixels)
    classes = demo_probe.cut(images)[0].argmax(1)
    shard, masking = Shard(pixels, classes.numpy(), np.arange(5)), Masking()
    clean = gathered(explain(demo_probe, bind(cam, {}, 5), shard, (7, 7)))
    again = gathered(explain_masked(demo_probe, bind(cam, {}, 5), shard, clean["raw"], masking))
    true = exact.unit_map(cam, images, classes)
    mask = interpolate(true[:, None].view(-1, 1, 7, 7), (224, 224), mode="bilinear")
    truth = true, exact.unit_map(cam, images.double() * mask, classes)
    found = (unit(torch.from_numpy(stage["raw"])) for stage in (clean, again))
    moved = np.maximum(*((a - b).abs().amax(1).numpy() for a, b in zip(found, truth, strict=True)))
    flagged = ill_conditioned(clean["condition"], again["condition"], "float32")
    assert flagged.sum() >= 4 if moves else not flagged.any()
    assert (moved[flagged] > 1e-4).all()
    # On one masked photograph rounding flips a gate of the head (see test_agreement.py), which moves Grad-CAM as well.
    assert (moved[~flagged] > 1e-5).sum() <= 1


def test_a_weight_whose_terms_cancel_to_zero_is_ill_conditioned():
    A = torch.tensor([1.0, -1, 2, -2]).view(1, 1, 2, 2).repeat(1, 2, 1, 1)
    A[:, 1] = 1
    g = torch.ones_like(A)
    g[0, 0, 0, 0] = 3
    maps, found = bind("xgradcam", {}, 1)(Given(A, g))
    np.testing.assert_array_equal(maps, np.ones((1, 2, 2)))  # of the second channel alone
    assert found.isfinite().all()
    A[0, 1, 0, 0] = 2  # so that the map has a range
    _, found = bind("xgradcam", {}, 1)(Given(A, g))
    assert ill_conditioned(found.numpy(), np.zeros(1), "float32").all()


@pytest.mark.parametrize(("cam", "settings"), [case for case in DIVIDING if case[0] != "xgradcam"])
def test_a_coefficient_whose_denominator_cancels_to_zero_is_ill_conditioned(cam, settings):
    """The first channel's is 2 - 2; the second one is as after a ReLU, and makes the map."""
    A = torch.tensor([[1.0, -1, -1, -1], [1, 2, 3, 4]]).view(1, 2, 2, 2)
    maps, found = bind(cam, settings, 1)(Given(A, torch.ones_like(A)))
    np.testing.assert_allclose(unit(maps)[0].flatten(), unit(A[:, 1])[0].flatten())
    assert found.isfinite().all()
    assert ill_conditioned(found.numpy(), np.zeros(1), "float32").all()
    A[0, 0] = A[0, 0].abs()
    _, found = bind(cam, settings, 1)(Given(A, torch.ones_like(A)))
    assert found.tolist() == [0]


def test_coefficients_that_cancel_to_zero_in_their_sum_are_ill_conditioned():
    """Two of 1/4 and two of -1/4, of 2 + 2 and 2 - 6, in the first channel."""
    A = torch.tensor([[0.5, 0.25, 0.25, 0], [1, 2, 3, 4]]).view(1, 2, 2, 2)
    g = torch.tensor([[2.0, 2, -6, -6], [1, 1, 1, 1]]).view(1, 2, 2, 2)
    maps, found = bind("gradcampp", {"variant": "official"}, 1)(Given(A, g))
    np.testing.assert_allclose(maps, A[:, 1])
    assert ill_conditioned(found.numpy(), np.zeros(1), "float32").all()


def test_condition_is_finite():
    A, e = torch.rand(3, 2, 4, 4), torch.tensor([0.0, torch.inf]).view(1, 2, 1, 1).expand(3, 2, 1, 1)
    maps = A.sum(1)
    maps[1], maps[2] = -1, torch.nan
    found = condition(e, A, maps)
    assert found[0] > 1e29
    assert found[1:].tolist() == [0, 0]  # no range, no map: other flags say so
    assert found.dtype == torch.float32


def test_quotients():
    one, zero = torch.ones(()), torch.zeros(())
    assert quotient(one, zero) == quotient(zero, zero) == 0
    assert quotient(one, one + 1) == 0.5
    assert at_risk(-one, one + 1) == 0.5
    assert at_risk(-one, zero) == 1
    assert at_risk(zero, zero) == 0
    assert cancelled(3 * one, -one) == 2
    assert cancelled(zero, zero) == 0
    assert cancelled(one, zero) == np.float32(1e30)


@pytest.mark.parametrize(("precision", "limit"), [("float32", 335), ("tf32", 10), ("bfloat16", 10)])
def test_the_limit_follows_the_precision(precision, limit):
    some, none = np.array([0, 0.99 * limit, 1.01 * limit]), np.zeros(3)
    assert ill_conditioned(some, none, precision).tolist() == [False, False, True]
    assert ill_conditioned(none, some, precision).tolist() == [False, False, True]


def test_conditions_of_clean_and_masked_map_multiply():
    clean, masked = np.array([15, 18, 1e38], np.float32), np.array([15, 18, 1e38], np.float32)
    assert ill_conditioned(clean, masked, "float32").tolist() == [False, True, True]
