"""Localisation where the object is known: a bright square, and a network that sees nothing but brightness."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, jaccard_score
from torch import nn

from cambench import metrics
from cambench.images import boxes
from cambench.masks import Masking, masks
from cambench.methods._contract import bind
from cambench.metrics import Explained
from cambench.networks.batch import Batch
from cambench.networks.open import opened
from cambench.networks.probe import Shard

SIZE = (32, 32)
NAMES = [name for name in metrics.names() if metrics.facts(name).column.criterion == "localisation"]
INSIDE = np.stack([boxes.mask([box], SIZE) for box in [(4, 8, 12, 20), (16, 0, 32, 8)]])
P = np.full(2, 0.5)


def measured(raw, inside=INSIDE, **more):
    seen = Explained(P[: len(raw)], P[: len(raw)], raw.astype(np.float32), size=SIZE, objects=inside, **more)
    return {name: metrics.load([name])[0].measure(seen).tolist() for name in NAMES}


def test_the_map_of_a_linear_classifier_of_brightness_is_right():
    """Its class activation map is the brightness of each cell, so all of it is in the square; of the rest nothing."""
    mean, linear = nn.Conv2d(3, 1, 4, stride=4, bias=False), nn.Linear(1, 2, bias=False)
    nn.init.constant_(mean.weight, 1 / 48)
    linear.weight = nn.Parameter(torch.tensor([[1.0], [-1.0]]))
    network = nn.Sequential(mean, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear).eval().requires_grad_(False)
    sides = {"resize": 32, "crop": 32, "interpolation": "bilinear", "mean": [0.0] * 3, "std": [1.0] * 3}
    probe = opened("bright", network, {"layer": "1", "preprocessing": sides}, {"device": "cpu", "precision": "float32", "batch": 2})  # fmt: skip  # noqa: E501
    pixels = np.repeat(np.where(INSIDE, 255, 0).astype(np.uint8)[..., None], 3, axis=3)
    raw = bind("gradcam", {}, 2)(Batch.of(probe, Shard(pixels, np.array([0, 0]), np.arange(2)), 0, 2))[0].numpy()
    right, wrong = measured(raw), measured(raw, ~INSIDE)
    for name in ("pointing_game", "pointing_game_15"):
        assert right[name] == [1, 1]
    assert wrong["pointing_game"] == [0, 0]
    large = masks(raw, SIZE, Masking())
    shares = (large * INSIDE).sum((1, 2)) / large.sum((1, 2))
    assert right["energy_pointing_game"] == pytest.approx(shares.tolist())
    assert min(right["energy_pointing_game"]) > 0.6  # upsampling smears four pixels over the edge
    assert min(right["relevance_rank"]) > 0.8
    assert min(right["average_precision"]) > 0.9
    assert min(right["iou"]) > 0.5  # where the smear is above the mean, all of it counts
    assert max(wrong["iou"]) < 0.3


@pytest.mark.parametrize("name", NAMES)
def test_a_map_that_is_the_object_scores_one_and_its_opposite_zero(name):
    assert measured(INSIDE)[name] == [1, 1]
    if name == "average_precision":  # of which the last threshold takes all pixels
        assert measured(~INSIDE)[name] == pytest.approx(INSIDE.mean((1, 2)).tolist())
    elif name != "pointing_game_15":  # within 15 pixels of the object is nearly everywhere
        assert measured(~INSIDE)[name] == [0, 0]


def test_a_flat_map_scores_what_the_object_covers():
    """All pixels tie, so the expected hit, rank and precision are the object's share; there is no energy to be shared,
    and no pixel above the mean.
    """
    found, share = measured(np.ones((2, 8, 8))), INSIDE.mean((1, 2)).tolist()
    assert found["pointing_game"] == pytest.approx(share)
    assert found["relevance_rank"] == pytest.approx(share)
    assert found["average_precision"] == pytest.approx(share)
    assert found["energy_pointing_game"] == found["iou"] == [0, 0]


def random_maps(kind):
    """Maps and objects: numbers without ties, a few levels with many, and small maps that are enlarged."""
    rng = np.random.default_rng(7)
    inside = rng.random((8, *SIZE)) < np.linspace(0.01, 0.95, 8)[:, None, None]
    raw = {"fine": rng.random((8, *SIZE)), "levels": rng.integers(0, 4, (8, *SIZE)), "small": rng.random((8, 5, 7))}
    return raw[kind].astype(np.float32), inside


@pytest.mark.parametrize("kind", ["fine", "levels", "small"])
def test_iou_and_average_precision_are_scikit_learns(kind):
    raw, inside = random_maps(kind)
    p = np.full(8, 0.5)
    seen = Explained(p, p, raw, size=SIZE, objects=inside)
    found = {name: metrics.load([name])[0].measure(seen) for name in ("iou", "average_precision")}
    large = masks(raw, SIZE, Masking())
    for row, (mask, truth) in enumerate(zip(large, inside, strict=True)):
        above = mask > mask.mean(dtype=np.float64)
        assert found["iou"][row] == pytest.approx(jaccard_score(truth.ravel(), above.ravel()), abs=1e-12)
        expected = average_precision_score(truth.ravel(), mask.ravel())
        assert found["average_precision"][row] == pytest.approx(expected, abs=1e-12)


def test_iou_and_average_precision_of_an_image_do_not_depend_on_the_others():
    raw, inside = random_maps("small")
    every = Explained(np.full(8, 0.5), np.full(8, 0.5), raw, size=SIZE, objects=inside)
    for name in ("iou", "average_precision"):
        measure = metrics.load([name])[0].measure
        one = [measure(Explained(P[:1], P[:1], raw[[n]], size=SIZE, objects=inside[[n]]))[0] for n in range(8)]
        assert measure(every).tolist() == one


def test_tolerance_is_a_distance_of_centres():
    """The only bright pixel lies 15 pixels right of the object, then 16; on a diagonal 11 and 11 are too far."""
    inside = np.zeros((4, *SIZE), bool)
    inside[:, 4, 4] = True
    raw = np.zeros((4, *SIZE))
    for number, (y, x) in enumerate([(4, 19), (4, 20), (14, 15), (15, 15)]):
        raw[number, y, x] = 1
    seen = Explained(np.full(4, 0.5), np.full(4, 0.5), raw, size=SIZE, objects=inside)
    assert metrics.load(["pointing_game_15"])[0].measure(seen).tolist() == [1, 0, 1, 0]
    assert metrics.load(["pointing_game"])[0].measure(seen).tolist() == [0, 0, 0, 0]


def test_ties_count_by_their_share():
    raw = np.zeros((2, *SIZE))
    raw[0, 8:12, 4:6] = raw[0, 8:12, 20:26] = 1  # eight of 32 equal pixels lie in the object of 96
    raw[1, 0, 16] = 2
    raw[1, 8:10] = 1  # one pixel inside, and 64 equal ones outside, of which all are among the 128 first
    found = measured(raw)
    assert found["pointing_game"] == [8 / 32, 1]
    assert found["energy_pointing_game"] == pytest.approx([8 / 32, 2 / 66])
    others = (96 - 32) / (32 * 32 - 32)  # of the pixels that are zero, this share is among the first
    assert found["relevance_rank"][0] == pytest.approx((8 + others * (96 - 8)) / 96)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_told_scores_nothing(name):
    """The object is out of the crop; the map is not finite; and without objects there is no such metric."""
    raw = INSIDE.astype(float).copy()
    raw[1, 0, 0] = np.nan
    inside = INSIDE.copy()
    inside[0] = False
    assert measured(raw, inside)[name] == [0, 0]
    seen = Explained(P, P, raw, size=SIZE)
    assert metrics.load([name])[0].measure(seen) is None
