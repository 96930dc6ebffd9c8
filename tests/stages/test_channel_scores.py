"""Score-CAM's question about clean images is asked once: the same maps, for every label that takes the answers."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, small

from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.probe import Probe, Shard
from cambench.stages import predictions
from cambench.stages.channel_scores import score
from cambench.stages.masked import explain_masked
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
VARIANTS = ("wang2020", "poppi2021")


@pytest.fixture
def probe():
    """`Tiny` of its own, three of whose four channels are live, and which counts the images that reach it."""
    probe = Probe(build("tiny", small()), "relu", PREPROCESSING, batch=COMPUTE["batch"])
    probe.network.forwarded = 0

    def count(network, args):
        network.forwarded += 0 if args[0].is_meta else len(args[0])

    probe.network.register_forward_pre_hook(count)
    return probe


@pytest.fixture
def asked(probe):
    """The images, and what stages `predictions` and `channel_scores` found of them."""
    clean = gathered(predictions.predict(probe, PIXELS, np.full(6, -1), "predicted", 4, keep=True))
    shard = Shard(PIXELS, clean["target"], np.arange(6))
    return shard, clean["activations"], gathered(score(probe, shard, 8))


def test_scores_are_probabilities_of_what_a_channel_leaves_visible(probe, asked):
    shard, A, found = asked
    assert found["scores"].shape == (6, 4)
    assert found["scores"].dtype == np.float32
    assert found["passes"].tolist() == [5] * 6  # that of A, three live channels, and the black image
    for image in range(6):
        x = probe.prepare(PIXELS[image : image + 1])
        for channel in range(4):
            a = torch.from_numpy(A[image, channel])
            unit = (a - a.min()) / (a.max() - a.min()) if a.max() > a.min() else torch.zeros_like(a)
            mask = torch.nn.functional.interpolate(unit[None, None], (32, 32), mode="bilinear")
            with torch.no_grad():
                p = probe.network(x * mask).softmax(1)[0, shard.classes[image]]
            assert found["scores"][image, channel] == pytest.approx(float(p), abs=1e-6)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("variant", VARIANTS)
def test_maps_and_passes_are_those_of_a_label_alone(probe, asked, variant, kept):
    shard, A, found = asked
    method = bind("scorecam", {"variant": variant}, 8)
    own = gathered(explain(probe, method, shard, (8, 8)))
    shared = Shard(PIXELS, shard.classes, shard.seeds, 0, A if kept else None, found["scores"])
    assert probe.head is not None  # which is tried once
    probe.network.forwarded = 0
    again = gathered(explain(probe, method, shared, (8, 8)))
    assert probe.network.forwarded == (0 if kept else 6)  # the pass of the activations
    np.testing.assert_allclose(again["raw"], own["raw"], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(again["passes"], own["passes"])


def test_all_labels_make_the_passes_of_one(probe, asked):
    shard, A, _ = asked
    assert probe.head is not None
    probe.network.forwarded = 0
    found = gathered(score(probe, Shard(PIXELS, shard.classes, activations=A), 8))
    for variant in VARIANTS:
        shared = Shard(PIXELS, shard.classes, shard.seeds, 0, A, found["scores"])
        gathered(explain(probe, bind("scorecam", {"variant": variant}, 8), shared, (8, 8)))
    assert probe.network.forwarded == 6 * (3 + 1)


def test_logits_are_asked_anew(probe, asked):
    shard, A, found = asked
    method = bind("scorecam", {"score": "logit"}, 8)
    shared = Shard(PIXELS, shard.classes, shard.seeds, 0, A, found["scores"])
    own, again = (gathered(explain(probe, method, which, (8, 8))) for which in (shard, shared))
    np.testing.assert_allclose(again["raw"], own["raw"], rtol=1e-5, atol=1e-6)


def test_masked_inputs_have_scores_of_their_own(probe, asked):
    shard, A, found = asked
    method, raw = bind("scorecam", {}, 8), np.random.default_rng(1).random((6, 8, 8), np.float32)
    shared = Shard(PIXELS, shard.classes, shard.seeds, 0, A, found["scores"])
    own, again = (gathered(explain_masked(probe, method, which, raw, Masking())) for which in (shard, shared))
    for name in own:
        np.testing.assert_array_equal(again[name], own[name])
