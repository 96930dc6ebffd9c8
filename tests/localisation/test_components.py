"""Components of all thresholds at once against labelling each of them, with scipy and with OpenCV's contours."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from cambench.localisation.components import components

EIGHT = np.ones((3, 3))


def at_each_threshold(level, thresholds):
    """By threshold, area, first pixel and box of every component."""
    found = components(level)
    rows = [[] for _ in range(thresholds)]
    for number in range(len(found)):
        one = (int(found.area[number]), int(found.first[number]), *found.boxes[number].tolist())
        assert found.start[number] < found.stop[number]
        for k in range(found.start[number], found.stop[number]):
            rows[k].append(one)
    return [sorted(row) for row in rows]


def labelled(level, k):
    """The same of one threshold, as scipy labels it."""
    labels, count = ndimage.label(level > k, EIGHT)
    places = ndimage.find_objects(labels)
    found = []
    for number, (y, x) in zip(range(1, count + 1), places, strict=True):
        pixels = np.flatnonzero(labels == number)
        found.append((len(pixels), int(pixels[0]), x.start, y.start, x.stop, y.stop))
    return sorted(found)


def maps(kind, rng):
    size, thresholds = rng.integers(1, 14, 2), int(rng.integers(1, 12))
    values = rng.random(size)
    if kind == "smooth":
        values = ndimage.gaussian_filter(values, 1)
        values = (values - values.min()) / (np.ptp(values) or 1)
    elif kind == "plateaus":
        values = (values > 0.4) * (1 - 0.5 * (rng.random(size) > 0.5))
    return np.round(values * thresholds).astype(int), thresholds


@pytest.mark.parametrize("kind", ["noise", "smooth", "plateaus"])
def test_every_threshold_has_the_components_that_labelling_gives(kind):
    rng = np.random.default_rng(0)
    for _ in range(150):
        level, thresholds = maps(kind, rng)
        found = at_each_threshold(level, thresholds)
        assert found == [labelled(level, k) for k in range(thresholds)], level


def test_a_large_map_has_them_too():
    """Of 224 x 224 pixels, at some of a thousand thresholds."""
    rng = np.random.default_rng(1)
    for values in (ndimage.zoom(rng.random((7, 7)), 32, order=1), ndimage.gaussian_filter(rng.random((224, 224)), 3)):
        level = np.round((values - values.min()) / np.ptp(values) * 1000).astype(int)
        found = at_each_threshold(level, 1000)
        for k in (0, 1, 250, 500, 731, 998, 999):
            assert found[k] == labelled(level, k), k


def test_nothing_is_above_a_threshold_where_all_is_zero():
    assert len(components(np.zeros((3, 4), int))) == 0


def outlines(level, k, hole=False):
    """Boxes of OpenCV's outer contours of {level > k}, also of what lies in another's hole, or those of the holes."""
    found, (tree,) = cv2.findContours((level > k).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    kept = [contour for contour, (*_, above) in zip(found, tree, strict=True) if (above >= 0) == hole]
    return {edges(contour): cv2.contourArea(contour) for contour in kept}


def edges(contour):
    left, top, width, height = cv2.boundingRect(contour)
    return left, top, left + width, top + height


def test_boxes_are_those_of_opencvs_outer_contours():
    rng = np.random.default_rng(2)
    for _ in range(60):
        level, thresholds = maps("smooth", rng)
        found = at_each_threshold(level, thresholds)
        for k in range(thresholds):
            if (level > k).any():
                assert outlines(level, k).keys() == {tuple(box) for _, _, *box in found[k]}


def test_where_opencvs_contours_differ():
    """A contour goes through the centres of pixels, so a pixel or a line has no area; and a hole has a contour."""
    level = np.zeros((12, 16), int)
    level[2, 1:11] = 1  # a line of ten pixels
    level[5:8, 1:4] = 1  # nine pixels
    level[10, 14] = 1
    assert outlines(level, 0) == {(1, 2, 11, 3): 0, (1, 5, 4, 8): 4, (14, 10, 15, 11): 0}
    assert outlines(level, 0, hole=True) == {}
    (components,) = at_each_threshold(level, 1)
    assert components[-1] == (10, 2 * 16 + 1, 1, 2, 11, 3)  # the largest; by contours it would be the square
    level[6, 2] = 0
    assert outlines(level, 0, hole=True).keys() == {(1, 5, 4, 8)}
    assert len(at_each_threshold(level, 1)[0]) == 3
