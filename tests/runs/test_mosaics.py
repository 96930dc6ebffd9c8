"""Drawing and writing mosaics, without a network."""

import itertools

import numpy as np
import pytest

from cambench.runs import mosaic_config
from cambench.runs.mosaics import Asked, assembled, draw, possible

CLASSES = np.arange(40) % 10


def drawn(classes=CLASSES, **asked):
    return draw(classes, Asked(**{"mosaics": 50, **asked}))


def test_images_are_used_as_equally_often_as_can_be():
    found = drawn()
    assert found.shape == (50, 4)
    assert set(np.bincount(found.ravel())) == {5}
    assert set(np.bincount(drawn(mosaics=7, grid=3).ravel(), minlength=40)) == {1, 2}


def test_classes_of_a_mosaic_differ_and_no_two_have_the_same_images():
    for found in (drawn(), drawn(grid=3), drawn(np.repeat([0, 1, 2, 3], [20, 1, 1, 1]), mosaics=20)):
        assert all(len(set(line)) == found.shape[1] for line in (CLASSES[found] if found.max() > 22 else found))
        assert len({frozenset(line) for line in found.tolist()}) == len(found)


def test_a_class_with_most_images_is_in_every_mosaic_once():
    classes = np.repeat([0, 1, 2, 3], [20, 1, 1, 1])
    found = drawn(classes, mosaics=20)
    assert np.sort(classes[found]).tolist() == [[0, 1, 2, 3]] * 20
    assert set(np.bincount(found.ravel())) == {1, 20}


def test_the_seed_decides_and_the_first_stay_when_there_are_more():
    assert drawn(mosaics=20).tolist() == drawn()[:20].tolist()
    assert drawn().tolist() == drawn().tolist()
    assert drawn(seed=1).tolist() != drawn().tolist()


def test_cells_have_no_order():
    """Each class is in the first cell about as often as in the others."""
    places = drawn(np.arange(4), mosaics=1), drawn(mosaics=400)
    assert sorted(places[0][0].tolist()) == [0, 1, 2, 3]
    often = np.bincount(CLASSES[places[1][:, 0]], minlength=10)
    assert 20 <= often.min() <= often.max() <= 60  # 40 are expected, with a deviation of 6


def test_all_that_can_be_are_drawn():
    classes = np.array([0, 0, 0, 1, 1, 2, 3, 4])
    most = possible(classes, 4)
    fours = itertools.combinations(range(len(classes)), 4)
    assert most == sum(len({*classes[list(four)]}) == 4 for four in fours)
    assert len({frozenset(line) for line in drawn(classes, mosaics=most).tolist()}) == most
    assert possible(np.zeros(9, int), 4) == 0


@pytest.mark.parametrize("grid", [2, 3])
def test_cells_lie_row_by_row(grid):
    parts = np.random.default_rng(0).integers(0, 256, (grid**2, 5, 7, 3), dtype=np.uint8)
    whole = assembled(list(parts), grid)
    assert whole.shape == (5 * grid, 7 * grid, 3)
    for cell, part in enumerate(parts):
        y, x = divmod(cell, grid)
        assert (whole[5 * y : 5 * y + 5, 7 * x : 7 * x + 7] == part).all()


def test_networks_see_the_whole_mosaic():
    """Neither resized nor cut; declared tokens are as many times more."""
    block = {
        "preprocessing": {"resize": 32, "crop": [24, 32], "mean": [0] * 3},
        "tokens": {"prefix": 1, "grid": [3, 4]},
    }
    found = mosaic_config._enlarged(block, 2)
    assert found["preprocessing"] == {"resize": [48, 64], "crop": [48, 64], "mean": [0] * 3}
    assert found["tokens"] == {"prefix": 1, "grid": [6, 8]}
    assert block["tokens"]["grid"] == [3, 4]
    assert mosaic_config._enlarged({"preprocessing": {"resize": 256, "crop": 224}}, 3)["preprocessing"] == {
        "resize": 672,
        "crop": 672,
    }


def test_each_layer_of_a_network_is_one():
    blocks = {"cnn": {"layers": ["layer3", "layer4"]}, "vit": {}}
    assert mosaic_config.entries(blocks) == ["cnn-layer3", "cnn-layer4", "vit"]
