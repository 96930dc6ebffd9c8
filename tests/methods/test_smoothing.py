"""Settings of any method: maps averaged over the mirror image and over noisy copies."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small

from cambench import methods
from cambench.config import checks
from cambench.methods._contract import bind
from cambench.methods._smoothing import Smoothing, split
from cambench.networks.batch import Batch
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.passes import passes_of
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(8).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([1, 3, 0])
NETWORK = {"channels": 4, "map": [8, 8], "head_alone": True}


def run(probe, cam="gradcam", rows=(0, 1, 2), masked=False, **settings):
    rows = list(rows)
    batch = opened(probe, PIXELS[rows], CLASSES[rows], seeds=np.array(rows), masked=masked)
    return *bind(cam, settings, COMPUTE["batch"])(batch), batch


def maps_of(probe, inputs, cam="gradcam"):
    """Maps of inputs, without any of the settings."""
    shard = Shard(PIXELS, CLASSES, np.arange(3))
    return bind(cam, {}, COMPUTE["batch"])(Batch.of(probe, shard, 0, 3, inputs))[0]


@pytest.mark.parametrize("cam", ["gradcam", "gradient", "scorecam"])
def test_flips(tiny, cam):
    """The mean of the image's map and its mirror image's, mirrored back; of maps of the layer or of the input."""
    found, _, batch = run(tiny, cam, flips=True)
    x = batch.images
    torch.testing.assert_close(found, (maps_of(tiny, x, cam) + maps_of(tiny, x.flip(3), cam).flip(2)) / 2)
    assert batch.passes.tolist() == [2 * (5 if cam == "scorecam" else 1)] * 3


def test_noise(tiny):
    """Copies have noise of their image's own, a share of its range; with flips, each is mirrored, too."""
    found, _, batch = run(tiny, noise=0.3, copies=3, flips=True)
    random, x, expected = batch.random(2**33), batch.images, []
    spread = torch.stack([0.3 * (image.max() - image.min()) for image in x])[:, None, None, None]
    for _ in range(3):
        noisy = x + spread * random.normal((3, 32, 32))
        expected += [maps_of(tiny, noisy), maps_of(tiny, noisy.flip(3)).flip(2)]
    torch.testing.assert_close(found, torch.stack(expected).mean(0))
    assert batch.passes.tolist() == [6] * 3
    few, *_ = run(tiny, rows=[2, 0], noise=0.3, copies=3, flips=True)
    torch.testing.assert_close(few, found[[2, 0]])
    assert not torch.allclose(run(tiny, noise=0.3, masked=True)[0], run(tiny, noise=0.3)[0])


def test_gradient_of_noisy_copies_is_smoothgrad(tiny):
    """But for the numbers that are drawn: their averages come together."""
    one, two = run(tiny, "gradient", noise=0.2, copies=64)[0], run(tiny, "smoothgrad", sigma=0.2, samples=64)[0]
    assert torch.corrcoef(torch.stack([one.flatten(), two.flatten()]))[0, 1] > 0.95


def test_the_largest_condition_counts():
    probe = open_probe("mapped", small("tiny:Mapped", layer="maps"), COMPUTE)
    _, condition, batch = run(probe, "xgradcam", flips=True)
    mirrored = bind("xgradcam", {}, COMPUTE["batch"])(batch.of_inputs(batch.images.flip(3)))[1]
    torch.testing.assert_close(condition, run(probe, "xgradcam")[1].maximum(mirrored))


@pytest.mark.parametrize(
    ("settings", "passes"),
    [({"flips": True}, 2), ({"noise": 0.1}, 4), ({"noise": 0.1, "copies": 3, "flips": True}, 6), ({"copies": 9}, 1)],
)
def test_passes_are_counted_for_planning(settings, passes):
    facts = methods.facts_with("gradcam", settings)
    assert passes_of(facts, settings, NETWORK) == passes
    assert facts.repeats == ("noise" in settings)
    assert passes_of(methods.facts_with("scorecam", settings), settings, NETWORK) == 5 * passes
    assert methods.takes_scores("scorecam", settings) == (passes == 1)


def test_the_image_itself_may_be_known(tiny):
    """Kept activations serve the copy without noise; the mirrored one makes a pass."""
    kept = opened(tiny, PIXELS).activations().numpy()
    forwarded = []
    assert tiny.head is not None  # which is tried once
    handle = tiny.network.stem.register_forward_pre_hook(lambda _, args: forwarded.append(args[0]))
    method = bind("gradcam", {"flips": True}, COMPUTE["batch"])
    found = gathered(explain(tiny, method, Shard(PIXELS, CLASSES, np.arange(3), 0, kept), tiny.map_shape))
    handle.remove()
    assert [len(inputs) for inputs in forwarded if not inputs.is_meta] == [3]
    assert found["passes"].tolist() == [2] * 3
    torch.testing.assert_close(torch.from_numpy(found["raw"]), run(tiny, flips=True)[0])


@pytest.mark.parametrize(
    ("cam", "settings", "said"),
    [
        ("gradcam", {"flips": 1}, "gradcam: flips must be true or false, not 1"),
        ("gradcam", {"noise": -1}, "gradcam: noise must be at least 0, not -1"),
        ("chefer", {"copies": 0}, "chefer: copies must be at least 1, not 0"),
        ("random", {"flips": True}, "random has no setting 'flips'; it has seed"),
        ("gradcam", {"flip": True}, "gradcam has no setting 'flip'; it has flips, noise, copies, layers, fuse"),
    ],
)
def test_refusals(cam, settings, said):
    assert list(checks.method(cam, settings)) == [said]
    assert not list(checks.method("gradcam", {"flips": True, "noise": 0.1, "copies": 2}))


def test_a_methods_own_setting_of_the_name_is_its_own():
    own = {"copies": methods.facts("smoothgrad").settings["samples"]}
    assert split({"copies": 3, "flips": True}, own) == ({"copies": 3}, Smoothing(flips=True))
