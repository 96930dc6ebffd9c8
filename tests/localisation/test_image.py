"""What a map adds to the numbers of a set: boxes and pixels against closed forms and against each threshold alone."""

import numpy as np
import pytest
from scipy import ndimage

from cambench.localisation import image

T = 10
BOX = (3, 2, 9, 8)


def matched(mask, boxes=(BOX,), thresholds=T):
    return image.matches(image.levels(mask, thresholds), boxes, thresholds)


def blob(*boxes, value=1.0, size=(12, 16)):
    mask = np.zeros(size)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = value
    return mask


def test_a_map_that_is_the_object_matches_at_every_threshold():
    assert matched(blob(BOX)).all()
    assert not matched(blob((10, 2, 16, 8))).any()  # beside it
    assert not matched(np.zeros((12, 16))).any()
    assert not matched(np.ones((12, 16))).any()  # 36 of 192 pixels


def test_the_largest_component_may_be_another():
    """V1 looks at the largest alone; V2 finds the object among all of them."""
    mask = blob(BOX) + blob((0, 9, 16, 12))
    assert matched(mask).all(1).tolist() == [False, True, True, True]
    mask = blob(BOX) + blob((0, 9, 16, 12), value=0.5)  # which is gone above half of the maximum
    assert matched(mask)[0].tolist() == [False] * 5 + [True] * 5


def test_any_box_of_the_object_will_do():
    other = (10, 2, 16, 8)
    assert matched(blob(other), [BOX, other]).all()
    assert not matched(blob((0, 0, 16, 12)), [BOX, other]).any(1)[0]  # both together are one box too many: 36 of 192


def test_each_criterion_has_its_own_overlap():
    """The box of the map has 4/9, 5/9, 7/9 and 3/9 of the object's width, and all of its height."""
    for share, met in ((4, [0, 1, 0, 0]), (5, [1, 1, 1, 0]), (7, [1, 1, 1, 1]), (3, [0, 1, 0, 0])):
        found = matched(blob((2, 0, 2 + share, 4)), [(2, 0, 11, 4)])
        assert found.astype(int).tolist() == [[value] * T for value in met], share


def test_half_is_enough():
    assert matched(blob((0, 0, 4, 4)), [(0, 0, 8, 4)])[0].all()
    assert not matched(blob((0, 0, 4, 4)), [(0, 0, 8.001, 4)])[0].any()


def test_objects_are_cut_at_the_edge_of_the_input():
    assert matched(blob((0, 0, 6, 6)), [(-50, -50, 6, 6)]).all()
    assert not matched(blob((0, 0, 6, 6)), [(-50, -50, 0, 6)]).any()  # out of it
    assert not matched(blob((0, 0, 6, 6)), [(16, 0, 20, 6)]).any()


def by_labelling(mask, boxes, thresholds):
    """Criteria at each threshold, labelled anew; of equally large components the first has the lowest number."""
    found = np.zeros((4, thresholds), int)
    for k in range(thresholds):
        labels, count = ndimage.label(mask > k / thresholds * mask.max(), np.ones((3, 3)))
        if not count:
            continue
        edges = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(labels)]
        overlaps = [max((iou(one, box) for box in boxes), default=0) for one in edges]
        found[0, k] = overlaps[int(np.bincount(labels.ravel())[1:].argmax())] >= 0.5
        found[1:, k] = [max(overlaps) >= least for least in (0.3, 0.5, 0.7)]
    return found


def iou(a, b):
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@pytest.mark.parametrize("smooth", [0, 1, 3])
def test_criteria_are_those_of_labelling_each_threshold(smooth):
    rng = np.random.default_rng(smooth)
    for _ in range(60):
        (high, wide), thresholds = rng.integers(4, 24, 2), int(rng.integers(1, 40))
        mask = ndimage.gaussian_filter(rng.random((high, wide)), smooth) if smooth else rng.random((high, wide))
        mask = np.maximum(0, mask - mask.min()).astype(np.float32)
        (left, right), (top, bottom) = np.sort(rng.uniform(0, wide, 2)), np.sort(rng.uniform(0, high, 2))
        boxes = [(left, top, right, bottom), (0, 0, wide / 2, high / 2)][: rng.integers(1, 3)]
        expected = by_labelling(mask.astype(np.float64), boxes, thresholds)
        np.testing.assert_array_equal(matched(mask, boxes, thresholds), expected)


def test_overlap_against_counted_pixels():
    rng = np.random.default_rng(3)
    for _ in range(50):
        corners = np.sort(rng.integers(0, 9, (2, 2, 2)), axis=1)  # of two boxes
        a, b = (np.array([*start, *(stop + 1)]) for start, stop in corners)
        inside = [blob(tuple(box)).astype(bool) for box in (a, b)]
        counted = (inside[0] & inside[1]).sum() / (inside[0] | inside[1]).sum()
        assert image.overlap(a[None], b[None])[0, 0] == pytest.approx(counted)


def test_levels_count_the_thresholds_below():
    mask = np.array([[0, 0.1, 0.2, 0.25, 0.5, 1]]) * 0.8
    assert image.levels(mask, 4).tolist() == [[0, 1, 1, 1, 2, 4]]  # a quarter of the maximum is not above itself
    assert image.levels(np.zeros((1, 2)), 4).tolist() == [[0, 0]]
    rng = np.random.default_rng(0)
    mask = rng.random((20, 20)).astype(np.float32)
    for thresholds in (1, 3, 1000):
        cuts = np.arange(thresholds) / thresholds * float(mask.max())
        assert (image.levels(mask, thresholds) == (mask[..., None] > cuts).sum(2)).all()


def test_pixels_are_counted_where_they_are():
    inside = blob(BOX).astype(bool)
    of_object, of_others = image.histograms(image.levels(blob(BOX), T), inside, T)
    assert of_object.tolist() == [0] * T + [36]
    assert of_others.tolist() == [12 * 16 - 36] + [0] * T
    assert image.confusion(blob(BOX), inside).tolist() == [36, 0, 0, 156]
    assert image.confusion(1 - blob(BOX), inside).tolist() == [0, 156, 36, 0]
    assert image.confusion(np.ones((12, 16)), inside).tolist() == [0, 0, 36, 156]  # nothing is above the mean
