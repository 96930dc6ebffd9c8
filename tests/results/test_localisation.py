"""Numbers of the whole set: closed forms, scikit-learn's average precision, a bootstrap that is written out."""

import frames
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score

from cambench.localisation import image
from cambench.results import localisation
from cambench.results.bootstrap import Bootstrap, interval
from cambench.results.localisation import NUMBERS, THRESHOLDS, average_precision, summarise

SIZE, T = (16, 16), 8
BOX = (2, 3, 10, 11)
OBJECT = np.zeros(SIZE)
OBJECT[3:11, 2:10] = 1
FEW = Bootstrap(resamples=40, confidence=0.9, seed=3)


def table(masks, inside=OBJECT, boxes=(BOX,), thresholds=T):
    """The table of images with these masks, all of one object."""
    parts = []
    for mask in masks:
        level = image.levels(mask, thresholds)
        row = {"boxes": image.matches(level, boxes, thresholds).ravel()} if boxes else {}
        row |= dict(zip(("inside", "outside"), image.histograms(level, inside > 0, thresholds), strict=True))
        names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
        parts.append(row | dict(zip(names, image.confusion(mask, inside > 0), strict=True)))
    columns = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return pl.DataFrame({"image": range(len(parts)), "object_lost": 0.25, **columns}).lazy()


def numbers(masks, **more):
    (row,) = summarise({("net", "m"): table(masks, **more)}, FEW).iter_rows(named=True)
    return row


def noisy(images, seed=0):
    """Masks that find the object more or less."""
    rng = np.random.default_rng(seed)
    return [np.clip(OBJECT * rng.random() + 0.7 * rng.random(SIZE), 0, 1).astype(np.float32) for _ in range(images)]


def test_maps_that_are_the_object_have_all_of_every_number():
    found = numbers([OBJECT] * 3)
    for name in NUMBERS:
        assert (found[name], found[f"{name}_low"], found[f"{name}_high"]) == (1, 1, 1), name
    assert [found[name] for name in THRESHOLDS] == [0] * 4  # of equally good ones the lowest
    assert (found["images"], found["object_lost"]) == (3, 0.25)


def test_maps_beside_the_object_have_nothing():
    beside = np.zeros(SIZE)
    beside[12:, 12:] = 1
    found = numbers([beside] * 2)
    assert found["max_box_accuracy"] == found["max_box_accuracy_v2"] == 0
    assert found["pixel_ap"] == pytest.approx(64 / 256)  # all but the 16 pixels share one level; 64 of 256 in the end
    assert found["pixel_accuracy"] == (256 - 64 - 16) / 256
    assert found["mean_iou"] == pytest.approx((256 - 64 - 16) / 256 / 2)


def test_a_second_blob_hides_the_object_from_the_first_version_alone():
    two = OBJECT.copy()
    two[12:, :] = two[0, :] = two[:, 14:] = 1  # one component of more pixels, apart from the object
    found = numbers([two])
    assert (found["max_box_accuracy"], found["max_box_accuracy_v2"]) == (0, 1)
    assert found["max_box_accuracy_low"] is None  # one image has no interval


def test_the_threshold_is_the_best_of_the_set_and_not_of_each_image():
    """Each map is right on one side of a half, where the other one is wrong: no threshold is right for both."""
    low = OBJECT * 0.4
    low[0, 0] = 1  # the object is gone above 0.4 of the maximum
    high = np.maximum(OBJECT, 0.5)  # all of the image below a half
    found = numbers([low, high])
    assert found["max_box_accuracy"] == 0.5
    assert found["threshold"] == 0
    assert numbers([low])["max_box_accuracy"] == numbers([high])["max_box_accuracy"] == 1
    assert numbers([high])["threshold"] == 0.5


def test_each_overlap_of_the_second_version_has_its_own_threshold():
    """From 0.5 the map is the object; below, 64 of its box's 144 pixels are the object's, which is enough for 0.3."""
    wide = OBJECT.copy()
    wide[1:13, 0:12] = np.maximum(wide[1:13, 0:12], 0.5)
    found = numbers([wide])
    assert [found[name] for name in THRESHOLDS] == [0.5, 0, 0.5, 0.5]


@pytest.mark.parametrize("thresholds", [1, 8, 1000])
def test_average_precision_is_scikit_learns_of_all_pixels_together(thresholds):
    masks = noisy(5)
    levels = np.stack([image.levels(mask, thresholds) for mask in masks])
    expected = average_precision_score(np.tile(OBJECT.ravel(), 5), levels.ravel())
    found = numbers(masks, thresholds=thresholds)["pixel_ap"]
    assert found == pytest.approx(expected, rel=1e-12)
    if thresholds == 1000:  # as of the masks themselves, which are equal where levels are
        shares = np.stack([mask / mask.max() for mask in masks])
        assert found == pytest.approx(average_precision_score(np.tile(OBJECT.ravel(), 5), shares.ravel()), abs=2e-3)


def test_mean_iou_is_of_pooled_pixels():
    masks = noisy(4)
    shown = np.stack([mask > mask.mean(dtype=np.float64) for mask in masks])
    inside = np.broadcast_to(OBJECT > 0, shown.shape)
    found = numbers(masks)
    ious = [(a & b).sum() / (a | b).sum() for a, b in ((shown, inside), (~shown, ~inside))]
    assert found["mean_iou"] == pytest.approx(sum(ious) / 2)
    assert found["pixel_accuracy"] == pytest.approx((shown == inside).mean())


def test_what_is_not_known_is_null():
    """Boxes where objects are masks; precision and the IoU of the object where no pixel is one."""
    found = numbers(noisy(3), boxes=())
    assert found["max_box_accuracy"] is found["max_box_accuracy_v2"] is found["threshold"] is None
    assert 0 < found["pixel_ap_low"] <= found["pixel_ap"] <= found["pixel_ap_high"]
    found = numbers([OBJECT * 0] * 2, inside=OBJECT * 0)
    assert found["pixel_ap"] is found["mean_iou"] is None
    assert found["pixel_accuracy"] == 1
    assert np.isnan(average_precision(np.zeros((1, 3)), np.ones((1, 3))))


def by_hand(masks, drawn):
    """Every number of some images, each with a threshold of its own."""
    rows = table(masks).collect()[drawn.tolist()]
    met = np.stack(rows["boxes"].to_numpy()).reshape(len(drawn), 4, T).mean(0)
    counts = [rows[name].sum() for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")]
    hit, false, missed, right = counts
    levels = np.stack([image.levels(masks[n], T) for n in drawn])
    precision = average_precision_score(np.tile(OBJECT.ravel(), len(drawn)), levels.ravel())
    ious = hit / (hit + false + missed), right / (right + false + missed)
    return met[0].max(), met[1:].max(1).mean(), precision, (hit + right) / sum(counts), sum(ious) / 2


@pytest.mark.parametrize("held", [100_000_000, 50])
def test_intervals_are_of_resamples_that_choose_thresholds_anew(held, monkeypatch):
    monkeypatch.setattr(localisation, "_DRAWN", held)  # many draws, or few at once
    monkeypatch.setattr(localisation, "_IMAGES", 5)
    masks, other = noisy(12), noisy(12, seed=1)
    found = summarise({("net", "a"): table(masks), ("net", "b"): table(other)}, FEW)
    draws = np.random.default_rng(FEW.seed).integers(12, size=(FEW.resamples, 12))  # the same for both
    for row, own in zip(found.iter_rows(named=True), (masks, other), strict=True):
        samples = np.array([by_hand(own, drawn) for drawn in draws])
        low, high = interval(samples, FEW.confidence, 12)
        for number, name in enumerate(NUMBERS):
            assert row[name] == pytest.approx(by_hand(own, np.arange(12))[number], rel=1e-12), name
            assert row[f"{name}_low"] == pytest.approx(low[number], rel=1e-5), name
            assert row[f"{name}_high"] == pytest.approx(high[number], rel=1e-5), name


def test_the_table_has_the_order_of_the_methods():
    pairs = [("net", "b"), ("net", "a"), ("other", "b")]
    found = summarise({pair: table(noisy(4)) for pair in pairs}, frames.BOOTSTRAP)
    assert list(zip(found["network"], found["method"], strict=True)) == pairs
    assert found.schema == localisation.SCHEMA
