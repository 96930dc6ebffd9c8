"""Degraded maps: the cells of another method's map, of which a known share is shuffled."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened
from peers import CLASSES, PIXELS, pooled, signed

from cambench import methods
from cambench.methods._contract import bind

SETTINGS = {"cam": "layercam", "seed": 4}


def degraded(**settings):
    return signed().ours("degraded", **{**SETTINGS, **settings}).flatten(1)


def test_without_shuffled_cells_it_is_the_other_method_after_its_relu():
    own = signed().ours("layercam")
    assert (own < 0).any()
    assert torch.equal(degraded(share=0), own.relu().flatten(1))
    cam = pooled().ours("cam")  # which takes no ReLU
    assert (cam < 0).any()
    assert torch.equal(pooled().ours("degraded", cam="cam", share=0), cam)


@pytest.mark.parametrize("share", [0.25, 0.5, 1])
def test_a_share_of_the_cells_exchange_their_values(share):
    before, after = degraded(share=0), degraded(share=share)
    assert torch.equal(before.sort(1).values, after.sort(1).values)
    moved = (before != after).double().mean(1)
    assert (moved <= share).all()
    assert (moved > 0.9 * share - 0.1)[1]  # some cells keep their values
    assert not torch.equal(*(before[image] != after[image] for image in (0, 1)))


def test_cells_of_a_smaller_share_are_some_of_those_of_a_larger_one():
    own = degraded(share=0)
    small, large = (degraded(share=share) != own for share in (0.25, 0.5))
    kept = degraded(share=0.5) == own
    assert (small & kept).sum() <= 4  # those that a larger permutation leaves where they were
    assert large.sum() > small.sum()


def test_maps_are_worse_the_more_cells_are_shuffled():
    own = degraded(share=0)
    alike = [np.corrcoef(own[1], degraded(share=share)[1])[0, 1] for share in (0, 0.25, 0.5, 0.75, 1)]
    assert alike == sorted(alike, reverse=True)
    assert abs(alike[-1]) < 0.3


def test_the_masked_image_draws_anew_and_the_method_itself_draws_as_ever():
    clean, masked = (opened(signed().probe, PIXELS, CLASSES, masked=masked) for masked in (False, True))
    shuffled = [bind("degraded", SETTINGS, 8)(batch)[0] for batch in (clean, masked)]
    assert not torch.equal(*shuffled)
    random = signed().ours("random").flatten(1)
    moved = signed().ours("degraded", cam="random").flatten(1) != random
    assert float(random[moved].mean()) == pytest.approx(0.5, abs=0.1)  # not the smallest ones, or the largest


def test_passes_and_condition_are_those_of_the_method():
    batch = pooled().batch()
    _, condition = bind("degraded", {"cam": "scorecam"}, COMPUTE["batch"])(batch)
    assert batch.passes.tolist() == [5, 5]
    assert not condition.any()
    _, condition = bind("degraded", {"cam": "xgradcam"}, COMPUTE["batch"])(signed().batch())
    assert torch.equal(condition, bind("xgradcam", {}, COMPUTE["batch"])(signed().batch())[1])
    assert condition.all()


def test_it_explains_what_the_method_explains():
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert methods.refusal("degraded", {"linear_head": False}, {"cam": "cam"}) == reason
    assert methods.refusal("degraded", {"linear_head": False}) is None
    assert methods.facts("degraded").checked == {"cam"}
