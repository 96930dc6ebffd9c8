"""The clean pass that stage `predictions` makes serves the methods: the same maps, and the head alone is run."""

import numpy as np
import pytest
import quick
import torch
from conftest import COMPUTE, PREPROCESSING, small

from cambench import methods
from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.metrics import Explained
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.levels import find_levels
from cambench.networks.open import open_probe
from cambench.networks.probe import Probe, Shard
from cambench.stages import masked, metrics, predictions
from cambench.stages.saliency import explain
from cambench.store.network import shares_activations

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
OTHERS = [name for name in methods.names() if name not in (*quick.OF_TRANSFORMERS, "file")]
NEED_PIXELS = ("cameras", "groupcam", "iscam", "scorecam", "smoothgradcampp", "sscam")
NEED_PIXELS += tuple(name for name in quick.WITHOUT_CLEAN_PASS if name not in quick.UNSEEING)
REPEATING = tuple(name for name in OTHERS if methods.facts(name).repeats)  # ask for more than the target layer
NEED_PIXELS += (*REPEATING, "opticam")


class Unread:
    """Pixels that nobody may ask for."""

    def __len__(self):
        return len(PIXELS)

    def __getitem__(self, wanted):
        raise AssertionError("pixels were read")


class Spy:
    """Counts the images that reach a module."""

    def __init__(self, module):
        self.seen = 0
        module.register_forward_pre_hook(self._count)

    def _count(self, _, args):
        self.seen += 0 if args[0].is_meta else len(args[0])  # those are the ghosts that a head's trunk is given


@pytest.fixture
def probe():
    """`Tiny` of its own, which a spy may watch."""
    return Probe(build("tiny", small()), "relu", PREPROCESSING, batch=COMPUTE["batch"])


def clean(probe, pixels=PIXELS, keep=True):
    return gathered(predictions.predict(probe, pixels, np.full(len(pixels), -1), "predicted", 4, keep))


def shards(probe, pixels=PIXELS):
    """The images without and with what the clean pass showed."""
    found, seeds = clean(probe, pixels), np.arange(len(pixels))
    return [Shard(pixels, found["target"], seeds, 0, kept) for kept in (None, found["activations"])]


def test_predictions_keep_what_a_batch_hands_out(probe):
    found, spared = clean(probe), clean(probe, keep=False)
    with torch.no_grad():
        x = probe.network.stem(probe.prepare(PIXELS))
        expected = probe.network.norm(x).relu().numpy()
    np.testing.assert_allclose(found["activations"], expected, atol=1e-6)
    assert found["activations"].dtype == np.float32
    assert spared["activations"].shape == (6, 0, 8, 8)
    for name in set(found) - {"activations"}:
        np.testing.assert_array_equal(found[name], spared[name])


@pytest.mark.parametrize("name", OTHERS)
def test_maps_are_those_of_a_pass_of_ones_own(probe, name):
    alone, shared = shards(probe)
    shape = probe.input_shape if methods.facts(name).resolution == "input" else probe.map_shape
    own = gathered(explain(probe, bind(name, quick.settings(name), 4), alone, shape))
    assert probe.head is not None  # which is tried once, as levels are found once
    assert list(find_levels(probe)) == ["relu"]
    spy = Spy(probe.network.stem)
    found = gathered(explain(probe, bind(name, quick.settings(name), 4), shared, shape))
    np.testing.assert_allclose(found["raw"], own["raw"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["condition"], own["condition"], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found["passes"], own["passes"])  # the shared one counts for each
    assert spy.seen == own["passes"].sum() - (0 if name in (*quick.WITHOUT_CLEAN_PASS, *REPEATING) else len(PIXELS))


@pytest.mark.parametrize("name", [name for name in OTHERS if name not in NEED_PIXELS])
def test_pixels_are_not_even_read(probe, name):
    shared = shards(probe)[1]
    shape = probe.input_shape if methods.facts(name).resolution == "input" else probe.map_shape
    unread = Shard(Unread(), shared.classes, shared.seeds, 0, shared.activations)
    assert np.isfinite(gathered(explain(probe, bind(name, {}, 4), unread, shape))["raw"]).all()


def test_a_head_that_changes_its_input_leaves_the_activations_alone():
    """It goes on with an in-place ReLU; gradients where A is negative are zero."""
    probe = Probe(build("mapped", small("tiny:Mapped")), "maps", PREPROCESSING)
    alone, shared = shards(probe)
    before = shared.activations.copy()
    assert (before < 0).any()
    for name in ("gradcam", "hirescam", "layercam"):
        own, found = (gathered(explain(probe, bind(name, {}, 4), shard, (8, 8))) for shard in (alone, shared))
        np.testing.assert_allclose(found["raw"], own["raw"], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(shared.activations, before)


def test_channels_may_come_last():
    probe = open_probe("swin", small("vits:timm_swin"), COMPUTE)
    assert (probe.layout.kind, probe.head is None) == ("nhwc", False)
    alone, shared = shards(probe)
    assert shared.activations.shape[1:] == tuple(probe.opened(probe.prepare(PIXELS)).maps.shape[1:])
    for name in ("gradcam", "ablationcam"):
        own, found = (gathered(explain(probe, bind(name, {}, 4), shard, probe.map_shape)) for shard in (alone, shared))
        np.testing.assert_allclose(found["raw"], own["raw"], rtol=1e-4, atol=1e-6)


def test_a_head_that_needs_more_has_a_pass_of_its_own():
    """Though activations are there."""
    residual = Probe(build("residual", small("tiny:Residual")), "branch", PREPROCESSING)
    assert residual.head is None
    alone, shared = shards(residual)
    own, found = (gathered(explain(residual, bind("gradcam", {}, 4), shard, (8, 8))) for shard in (alone, shared))
    np.testing.assert_array_equal(found["raw"], own["raw"])


@pytest.mark.parametrize("name", ["gradcam", "gradcampp", "layercam"])
def test_metrics_of_a_trained_network(demo_probe, photographs, name):
    pixels, masking = photographs["pixels"][:4], Masking()
    found, method = clean(demo_probe, pixels), bind(name, {}, 4)
    measured = []
    for shard in shards(demo_probe, pixels):
        raw = gathered(explain(demo_probe, method, shard, demo_probe.map_shape))["raw"]
        again = gathered(masked.explain_masked(demo_probe, method, shard, raw, masking))
        seen = Explained(found["probability"], again["probability"], raw, again["raw"], demo_probe.input_shape, masking)
        measured.append(metrics.measure(seen))
    for column, values in measured[0].items():
        np.testing.assert_allclose(measured[1][column], values, atol=3e-6, err_msg=column)


@pytest.mark.parametrize(
    ("facts", "most", "shared"),
    [
        ({}, 0.5, True),
        ({}, 0.401408, True),  # 2,048 x 7 x 7 numbers of four bytes
        ({}, 0.4014, False),
        ({}, 0, False),
        ({"head_alone": False}, 0.5, False),
        ({"prefix": 1}, 0.5, False),
        ({"map": [14, 14]}, 0.5, False),
    ],
)
def test_what_is_kept(facts, most, shared):
    network = {"channels": 2048, "map": [7, 7], "head_alone": True, "prefix": 0, **facts}
    assert shares_activations(network, most) is shared


def test_facts_of_a_network_say_what_is_kept():
    compute = {**COMPUTE, "compile": False}
    layers = (("tiny:Tiny", "relu"), ("tiny:Residual", "branch"))
    found = [describe("tiny", small(factory, layer=layer), compute) for factory, layer in layers]
    assert [shares_activations(facts, 0.5) for facts in found] == [True, False]
