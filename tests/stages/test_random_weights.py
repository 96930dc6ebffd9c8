"""Maps of a network with random weights: those of the plain network with such weights, counted as any maps."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, small
from peers import grad_cam

from cambench.methods import facts
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.open import open_random
from cambench.networks.probe import Shard
from cambench.networks.redraw import redraw
from cambench.stages.random_weights import explain_random
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([0, 1, 2, 3, 4, 0])
SHARD = Shard(PIXELS, CLASSES, np.arange(6))


@pytest.fixture(scope="module")
def random():
    """`Tiny` with random weights, opened."""
    return open_random("tiny", small(layer="relu"), COMPUTE, seed=3)


def maps(probe, name="gradcam", batch=8, **settings):
    shape = probe.input_shape if facts(name).resolution == "input" else probe.map_shape
    return gathered(explain_random(probe, bind(name, settings, batch), SHARD, shape))


def test_maps_are_those_of_another_package(random):
    plain = redraw(build("tiny", small()), (32, 32), 3)
    theirs = grad_cam(plain, "relu", random.prepare(PIXELS), torch.from_numpy(CLASSES), "GradCAM")
    found = maps(random)
    np.testing.assert_allclose(found["raw"], theirs, atol=1e-5)
    assert (found["raw"].dtype, found["condition"].dtype, found["passes"].dtype) == (np.float32, np.float32, np.int32)


@pytest.mark.parametrize(("name", "passes"), [("gradcam", 1), ("random", 0), ("scorecam", 5), ("rise", 8)])
def test_passes_are_those_of_a_map(random, name, passes):
    settings = {"samples": 8} if name == "rise" else {}
    forwarded = []

    def count(_, args):
        forwarded.append(0 if args[0].is_meta else len(args[0]))

    hook = random.network.register_forward_pre_hook(count)
    found = maps(random, name, **settings)
    hook.remove()
    assert found["passes"].tolist() == [passes] * 6
    assert sum(forwarded) <= 6 * passes  # the black image is forwarded once for all


def test_batches_change_nothing(random):
    whole, parts = (maps(random, batch=batch) for batch in (8, 2))
    np.testing.assert_allclose(parts["raw"], whole["raw"], atol=1e-6)
    np.testing.assert_array_equal(parts["passes"], whole["passes"])


@pytest.mark.parametrize("name", ["random", "centre", "fakecam", "sobel"])
def test_a_map_that_does_not_look_at_the_network_stays_what_it_is(random, tiny, name):
    shape = tiny.input_shape if facts(name).resolution == "input" else tiny.map_shape
    own = gathered(explain(tiny, bind(name, {}, 8), SHARD, shape))["raw"]
    np.testing.assert_array_equal(maps(random, name)["raw"], own)
