"""Boxes of every format, through the image's own resize and crop."""

# ruff: noqa: E501 (tables of expected lines)

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

from cambench.errors import InputError
from cambench.images import boxes, decode, objects

XML = "<annotation><object><name>{0}</name><bndbox><xmin>{1}</xmin><ymin>{2}</ymin><xmax>{3}</xmax><ymax>{4}</ymax></bndbox></object></annotation>"
CROP = {"resize": 32, "crop": 32, "interpolation": "bilinear"}


def test_the_same_boxes_in_every_format(tmp_path):
    (tmp_path / "xml" / "n01").mkdir(parents=True)
    (tmp_path / "xml" / "n01" / "a.xml").write_text(XML.format("cat", 1, 2, 30, 40))
    (tmp_path / "coco.json").write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "n01/a.png"}],
                "annotations": [
                    {"image_id": 7, "category_id": 3, "bbox": [1, 2, 29, 38]},
                    {"image_id": 7, "category_id": 5, "bbox": [0, 0, 90, 90], "iscrowd": 1},
                ],
            }
        )
    )
    (tmp_path / "table.csv").write_text("path,left,top,right,bottom\nn01/a.png,1,2,30,40\n")
    for name in ("xml", "coco.json", "table.csv"):
        found = boxes.read(str(tmp_path / name))
        for path in ("n01/a.png", "elsewhere/a.png"):
            assert found.of([path, "n01/b.png"]) == {path: [(1, 2, 30, 40)], "n01/b.png": []}, name
    assert boxes.read(str(tmp_path / "xml")).of(["a.JPEG"]) == {"a.JPEG": [(1, 2, 30, 40)]}


def test_a_name_that_two_images_have_says_nothing(tmp_path):
    (tmp_path / "t.csv").write_text("path,left,top,right,bottom\na/x.png,1,2,3,4\nb/x.png,5,6,7,8\nb/x.png,0,0,1,1\n")
    found = boxes.read(str(tmp_path / "t.csv"))
    assert found.of(["a/x.png", "c/x.png", "b/x.png"]) == {
        **{"a/x.png": [(1, 2, 3, 4)], "c/x.png": []},
        "b/x.png": [(5, 6, 7, 8), (0, 0, 1, 1)],
    }
    assert found.of(["c/x.png"]) == {"c/x.png": []}


def test_boxes_of_an_image_are_not_those_of_another_that_has_its_name():
    one = boxes.Boxes("x", {"a/x.png": [(1, 2, 3, 4)]}, with_ending=True)
    assert one.of(["a/x.png", "b/x.png"]) == {"a/x.png": [(1, 2, 3, 4)], "b/x.png": []}
    assert one.of(["b/x.png", "c/x.png"]) == {"b/x.png": [], "c/x.png": []}
    stem = boxes.Boxes("x", {"a/x": [(1, 2, 3, 4)]}, with_ending=False)
    assert stem.of(["a/x.png", "a/x.jpg"]) == {"a/x.png": [], "a/x.jpg": []}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("path,left,top,right,bottom\na.png,5,0,5,9\n", "a.png: [5.0, 0.0, 5.0, 9.0] is no box: left, top, right, bottom"),
        ("path,left,top,right,bottom\na.png,nan,0,5,9\n", "a.png: [nan, 0.0, 5.0, 9.0] is no box: left, top, right, bottom"),
        ("path,left,top,right,bottom\na.png,x,0,5,9\n", "boxes cannot be read: ValueError: could not convert string to float: 'x'"),
        ("path,left,top,right\na.png,1,0,5\n", "boxes cannot be read: ValueError: no column bottom"),
        ("path,left,top,right,bottom\na.png,0.1,0.2,0.9,1\n", "no box reaches beyond the first pixel; write edges in pixels, not shares of the image"),
        ("path,left,top,right,bottom\n", "has no boxes"),
    ],
)  # fmt: skip
def test_tables_that_are_refused(tmp_path, text, line):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError) as refused:
        boxes.read(str(tmp_path / "t.csv"))
    assert str(refused.value) == f"{tmp_path}/t.csv: {line}"


def test_objects_of_several_classes_are_refused(tmp_path):
    two = XML.format("cat", 1, 2, 3, 4).replace("</annotation>", "") + XML.format("dog", 1, 2, 3, 4)[12:]
    (tmp_path / "a.xml").write_text(two)
    with pytest.raises(InputError, match=r"a has boxes of 'cat' and 'dog'; keep those of the class that is explained$"):
        boxes.read(str(tmp_path))
    (tmp_path / "a.xml").write_text("<annotation>")
    with pytest.raises(InputError, match="boxes cannot be read: ParseError: "):
        boxes.read(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("t.json", "[" * 100_000, "nested too deeply"),
        ("t.json", "[]", "TypeError: list indices must be integers or slices, not str"),
        ("t.json", '{"images": [], "annotations": [{"image_id": 7, "bbox": [1, 1, 1, 1]}]}', "KeyError: 7"),
        ("t.json", '{"images": [{"id": 7, "file_name": "a"}], "annotations": [{"image_id": 7, "bbox": [1' + "0" * 400 + ", 1, 1, 1]}]}", "OverflowError: int too large to convert to float"),
        ("t.csv", "path,left,top,right,bottom\n" + "a" * 200_000, "Error: field larger than field limit (131072)"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, name, text, line):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as refused:
        boxes.read(str(tmp_path / name))
    assert str(refused.value) == f"{tmp_path}/{name}: boxes cannot be read: {line}"


def test_a_table_of_a_spreadsheet_may_begin_with_a_mark(tmp_path):
    (tmp_path / "t.csv").write_text("path,left,top,right,bottom\na.png,1,2,3,4\n", encoding="utf-8-sig")
    assert boxes.read(str(tmp_path / "t.csv")).of(["a.png"]) == {"a.png": [(1, 2, 3, 4)]}


CROPPINGS = [CROP, {**CROP, "crop": [24, 29]}, {**CROP, "resize": [41, 64]}, {**CROP, "crop": 27, "centre": "floor"}]
CROPPINGS += [{**CROP, "crop": 40}]  # wider than the image, which has a border then


@pytest.mark.parametrize("size", [(96, 64), (64, 64), (33, 70), (20, 19), (301, 200)])
@pytest.mark.parametrize("cropping", CROPPINGS)
def test_a_box_goes_where_the_bright_pixels_of_its_image_go(size, cropping):
    """A bright stripe of a decoded image, resized and cropped by `decode`, is the mask of its box, pixel by pixel.

    Antialiasing is symmetric, so an edge is half as bright where it lies, on whichever side of a pixel's centre.
    """
    width, height = size
    for box in ((width // 4, 0, 2 * width // 3, height), (0, height // 4, width, 2 * height // 3)):
        picture = np.zeros((height, width, 3), np.uint8)
        picture[box[1] : box[3], box[0] : box[2]] = 255
        bright = decode.cropped(Image.fromarray(picture), cropping)[..., 0].astype(int)
        listed = pl.DataFrame({"image": [0], "path": ["x.png"], "width": [width], "height": [height]})
        found = objects.table(listed, boxes.Boxes("x", {"x.png": [box]}, True), cropping)
        inside = boxes.mask(found["boxes"][0].to_list(), bright.shape)
        assert (inside == (bright > 127))[abs(bright - 127.5) > 1].all()  # but where an edge goes through the centre
        assert inside.any()
        assert 0 <= found["object_lost"][0] < 1


def test_an_image_may_have_several_boxes():
    """They may overlap: their union counts, each pixel once."""
    listed = pl.DataFrame({"image": [0], "path": ["a"], "width": [64], "height": [32]})
    several = [(16, 0, 26, 32), (20, 0, 32, 16), (0, 0, 16, 2)]
    found = objects.table(listed, boxes.Boxes("x", {"a": several}, True), CROP)
    inside = boxes.mask(found["boxes"][0].to_list(), (32, 32))
    assert inside.sum() == 10 * 32 + 6 * 16
    assert found["object_lost"][0] == pytest.approx(32 / (10 * 32 + 6 * 16 + 32))


def test_a_box_outside_its_image_is_refused():
    """It is not of this image, or not in pixels of it; one that leads out of it is cut."""
    listed = pl.DataFrame({"image": [0], "path": ["a"], "width": [64], "height": [32]})
    found = objects.table(listed, boxes.Boxes("x", {"a": [(-5, -5, 70, 40)]}, True), CROP)
    assert found["object_lost"].to_list() == [0.5]
    line = r"^x: a box of a lies outside it: \[64, 0, 70, 9\] of 64 x 32 pixels$"
    with pytest.raises(InputError, match=line):
        objects.table(listed, boxes.Boxes("x", {"a": [(64, 0, 70, 9)]}, True), CROP)


def test_what_falls_out_of_the_crop_is_counted():
    """Of an image twice as wide as the crop, whose box is its left half: half of that is left of the crop."""
    listed = pl.DataFrame({"image": [0, 1], "path": ["a", "b"], "width": [64, 64], "height": [32, 32]})
    found = objects.table(listed, boxes.Boxes("x", {"a": [(0, 0, 32, 32)], "b": [(0, 0, 8, 9)]}, True), CROP)
    assert found["object_lost"].to_list() == [0.5, 1]
    assert boxes.mask(found["boxes"][0].to_list(), (32, 32)).mean() == 0.5
    assert not boxes.mask(found["boxes"][1].to_list(), (32, 32)).any()
    assert found.schema == objects.SCHEMA


def test_of_two_boxes_one_may_be_out_of_the_crop():
    """The crop is the middle half of the image, in which all of the second box lies."""
    listed = pl.DataFrame({"image": [0], "path": ["a"], "width": [64], "height": [32]})
    found = objects.table(listed, boxes.Boxes("x", {"a": [(0, 0, 8, 9), (32, 0, 48, 32)]}, True), CROP)
    assert found["object_lost"].to_list() == [pytest.approx(72 / (72 + 512))]
    inside, _ = objects.located(found, 0, 1, (32, 32))
    assert (inside[0] == boxes.mask([(16, 0, 32, 32)], (32, 32))).all()


def test_an_image_without_a_box_is_refused():
    listed = pl.DataFrame({"image": [0, 1], "path": ["a", "b"], "width": [64, 64], "height": [32, 32]})
    line = r"^x: 1 of 2 images have no box, such as b; list only images that have one \(kind: manifest\)$"
    with pytest.raises(InputError, match=line):
        objects.table(listed, boxes.Boxes("x", {"a": [(0, 0, 32, 32)]}, True), CROP)
