"""Rows of the table of images: of every image alone, from boxes and from masks."""

import numpy as np
import polars as pl
import pytest

from cambench.images import boxes, objects
from cambench.localisation import image, rows
from cambench.masks import Masking, masks
from cambench.store.layout import Shapes

IMAGES, SIZE, T = 7, (32, 48), 20
SHAPES = Shapes(input=SIZE, map=(4, 5))
BOXES = [[[n, n, n + 20.5, n + 9.0], [0.0, 0.0, 5.0, 5.0]][: 1 + n % 2] for n in range(IMAGES)]
LOST = [n / 10 for n in range(IMAGES)]


@pytest.fixture(scope="module")
def raw():
    found = np.random.default_rng(0).normal(size=(IMAGES, 4, 5)).astype(np.float32)
    found[2], found[3, 0, 0] = 1, np.nan  # constant; not finite
    return found


def placed(kind, known):
    """The table of the objects, as boxes or as masks of the same pixels."""
    table = {"image": range(IMAGES), "object_lost": LOST}
    if kind == "boxes":
        return pl.DataFrame({**table, "boxes": known}, objects.SCHEMA).lazy()
    packed = [np.packbits(boxes.mask(each, SIZE)).tobytes() for each in known]
    return pl.DataFrame({**table, "mask": packed}, objects.MASKED).lazy()


def made(raw, kind="boxes", images=(0, IMAGES), relu=True, known=BOXES):
    blocks = rows.rows(lambda name: raw, images, SHAPES, Masking(relu=relu), placed(kind, known), T)
    return pl.concat([pl.DataFrame(block) for block in blocks])


@pytest.mark.parametrize("relu", [True, False])
def test_each_row_is_that_of_its_mask_and_its_objects(raw, relu):
    table = made(raw, relu=relu)
    assert table["image"].to_list() == list(range(IMAGES))
    assert table["object_lost"].to_list() == LOST
    for n, row in enumerate(table.iter_rows(named=True)):
        mask, inside = masks(raw[n : n + 1], SIZE, Masking(relu=relu))[0], boxes.mask(BOXES[n], SIZE)
        level = image.levels(mask, T)
        assert row["boxes"] == image.matches(level, BOXES[n], T).ravel().tolist()
        assert (row["inside"], row["outside"]) == tuple(x.tolist() for x in image.histograms(level, inside, T))
        shown = mask > mask.mean(dtype=np.float64)
        assert row["true_positives"] == (shown & inside).sum()
        assert row["false_positives"] == (shown & ~inside).sum()
        assert row["false_negatives"] == (~shown & inside).sum()
        assert row["true_negatives"] == (~shown & ~inside).sum()


def test_what_shows_nothing_finds_nothing(raw):
    table = made(raw)[2:4]
    assert sum(map(sum, table["boxes"].to_list())) == 0
    assert table["true_positives"].to_list() == [0, 0]
    assert [row[0] for row in table["inside"]] == [row.sum() for row in table["inside"]]


def test_what_is_out_of_the_crop_is_found_by_nobody(raw):
    """Of two boxes one may be; of the first image all of the object is."""
    away, rest = [-30.0, 0.0, -10.0, 20.0], [box for box, *_ in BOXES[1:]]
    table = made(raw, known=[[away], *([box, away] for box in rest)])
    assert table[1:].equals(made(raw, known=[[away], *([box] for box in rest)])[1:])
    assert table["boxes"][1:].arr.sum().sum() > 0
    first = table.row(0, named=True)
    assert sum(first["boxes"]) == sum(first["inside"]) == first["true_positives"] == first["false_negatives"] == 0
    assert sum(first["outside"]) == first["false_positives"] + first["true_negatives"] == SIZE[0] * SIZE[1]


def test_masks_of_the_same_pixels_give_the_same_counts(raw):
    assert made(raw, "masks").equals(made(raw).drop("boxes"))


def test_a_row_does_not_depend_on_who_is_read_with_it(raw, monkeypatch):
    whole = made(raw)
    monkeypatch.setattr(rows, "_BLOCK", 2)
    assert made(raw).equals(whole)
    assert made(raw[3:6], images=(3, 6)).equals(whole[3:6])
