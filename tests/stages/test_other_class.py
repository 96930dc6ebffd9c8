"""Maps of another class: which class it is, that all else is the same, and what is forwarded."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, small

from cambench.errors import InputError
from cambench.methods import facts
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.probe import Probe, Shard
from cambench.stages import predictions
from cambench.stages.other_class import _random, _second, explain_other
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([0, 1, 2, 3, 4, 0])
SHARD = Shard(PIXELS, CLASSES, np.arange(6))


@pytest.fixture
def counting():
    """`Tiny` of its own, which counts the images that reach it."""
    probe = Probe(build("tiny", small()), "relu", PREPROCESSING, batch=COMPUTE["batch"])
    assert probe.head is not None  # which is tried once
    probe.network.forwarded = 0

    def count(network, args):
        network.forwarded += 0 if args[0].is_meta else len(args[0])

    probe.network.register_forward_pre_hook(count)
    return probe


def others(probe, name="gradcam", which="random", shard=SHARD, batch=8, **settings):
    return gathered(explain_other(probe, bind(name, settings, batch), shard, shape_of(probe, name), which, 5))


def shape_of(probe, name):
    return probe.input_shape if facts(name).resolution == "input" else probe.map_shape


@pytest.mark.parametrize("which", ["random", "second"])
@pytest.mark.parametrize("name", ["gradcam", "layercam", "scorecam", "rise", "random", "gradcampp"])
def test_maps_are_those_of_that_class(tiny, name, which):
    settings = {"samples": 8} if name == "rise" else {}
    found = others(tiny, name, which, **settings)
    assert (found["other"] != CLASSES).all()
    asked = Shard(PIXELS, found["other"], SHARD.seeds)
    expected = gathered(explain(tiny, bind(name, settings, 8), asked, shape_of(tiny, name)))
    np.testing.assert_allclose(found["raw"], expected["raw"], atol=1e-6)
    np.testing.assert_array_equal(found["condition"], expected["condition"])
    assert (found["raw"].dtype, found["other"].dtype, found["passes"].dtype) == (np.float32, np.int64, np.int32)


@pytest.mark.parametrize("which", ["random", "second"])
def test_one_class_has_no_other(tiny, which):
    with pytest.raises(InputError, match="the network has one class"):
        gathered(explain_other(tiny, bind("gradcam", {}, 8), SHARD, tiny.map_shape, which, 1))


@pytest.mark.parametrize("which", ["random", "second"])
def test_batches_change_nothing(tiny, which):
    whole, parts = (others(tiny, which=which, batch=batch) for batch in (8, 2))
    np.testing.assert_allclose(parts["raw"], whole["raw"], atol=1e-6)
    for name in ("other", "passes"):
        np.testing.assert_array_equal(parts[name], whole[name])


def test_the_second_class_is_that_of_the_highest_other_logit(tiny):
    with torch.no_grad():
        logits = tiny.network(tiny.prepare(PIXELS)).numpy()
    logits[np.arange(6), CLASSES] = -np.inf
    assert others(tiny, which="second")["other"].tolist() == logits.argmax(1).tolist()


def test_a_random_class_is_the_images_own(tiny):
    """Whatever other images there are, and the same for every method."""
    found = others(tiny)["other"]
    few = Shard(PIXELS[2:], CLASSES[2:], SHARD.seeds[2:], 2)
    assert others(tiny, shard=few)["other"].tolist() == found[2:].tolist()
    assert others(tiny, "random")["other"].tolist() == found.tolist()


def test_each_other_class_is_as_likely(tiny):
    count = 4000
    batch = opened(tiny, np.zeros((count, 32, 32, 3), np.uint8), np.full(count, 2))
    counts = np.bincount(_random(batch, 5).numpy(), minlength=5)
    assert counts[2] == 0
    assert np.abs(counts[[0, 1, 3, 4]] - count / 4).max() < 5 * (count * 3 / 16) ** 0.5


def test_of_two_classes_it_is_the_other_one(tiny):
    batch = opened(tiny, PIXELS, [0, 1, 1, 0, 1, 0])
    assert _random(batch, 2).tolist() == [1, 0, 0, 1, 0, 1]


def test_logits_that_are_not_finite_choose_another_class_all_the_same(tiny):
    batch = opened(tiny, PIXELS, CLASSES)
    batch._told.append(torch.full((6, 5), -torch.inf))
    assert (_second(batch).numpy() != CLASSES).all()


@pytest.mark.parametrize(("which", "passes"), [("random", [1, 0, 8]), ("second", [1, 1, 9])])
def test_what_is_forwarded_is_counted(counting, which, passes):
    """The class of the highest other logit takes a pass of its own only where the method makes no clean one."""
    methods = (("gradcam", {}), ("random", {}), ("rise", {"samples": 8}))
    for (name, settings), count in zip(methods, passes, strict=True):
        counting.network.forwarded = 0
        found = others(counting, name, which, **settings)
        assert found["passes"].tolist() == [count] * 6
        assert counting.network.forwarded == 6 * count


@pytest.mark.parametrize("which", ["random", "second"])
def test_kept_activations_spare_the_clean_pass(counting, which):
    kept = gathered(predictions.predict(counting, PIXELS, np.full(6, -1), "predicted", 4, keep=True))["activations"]
    plain = others(counting, which=which)
    counting.network.forwarded = 0
    found = others(counting, which=which, shard=Shard(PIXELS, CLASSES, SHARD.seeds, 0, kept))
    assert counting.network.forwarded == 0
    np.testing.assert_allclose(found["raw"], plain["raw"], atol=1e-6)
    for name in ("other", "passes"):
        np.testing.assert_array_equal(found[name], plain[name])


@pytest.mark.parametrize("name", ["random", "centre", "fakecam", "eigencam"])
def test_a_map_that_ignores_the_class_stays_what_it_is(tiny, name):
    """A random one, too: an image has the same random numbers for all of its classes."""
    own = gathered(explain(tiny, bind(name, {}, 8), SHARD, shape_of(tiny, name)))
    np.testing.assert_allclose(others(tiny, name)["raw"], own["raw"])


def test_no_tensor_is_left_on_the_cpu(ghost):
    batch = opened(ghost, PIXELS)
    assert _random(batch, 5).is_meta
    assert _second(batch).is_meta
