"""Masks of every kind of PNG, found by their image's path, through the image's own resize and crop."""

# ruff: noqa: E501 (tables of expected lines)

import numpy as np
import polars as pl
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cambench.errors import InputError
from cambench.images import boxes, object_masks, objects

CROP = {"resize": 32, "crop": 32, "interpolation": "bilinear"}
CROPPINGS = [CROP, {**CROP, "crop": [24, 29]}, {**CROP, "resize": [41, 64]}, {**CROP, "crop": 27, "centre": "floor"}]
CROPPINGS += [{**CROP, "crop": 40}]  # wider than the image, which has a border then


def listed(*paths, size=(64, 32)):
    columns = {"image": range(len(paths)), "path": paths, "width": [size[0]] * len(paths)}
    return pl.DataFrame({**columns, "height": [size[1]] * len(paths)})


def square(size=(64, 32), box=(0, 0, 32, 32), value=255):
    """The mask of a box, uint8 (H, W)."""
    return np.where(boxes.mask([box], size[::-1]), value, 0).astype(np.uint8)


def save(file, pixels, palette=False, **options):
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    if palette:
        image.putpalette(list(range(256)) * 3)
    image.save(file, **options)


def table(folder, *paths, size=(64, 32), cropping=CROP):
    return objects.table(listed(*paths, size=size), object_masks.read(str(folder)), cropping)


@pytest.mark.parametrize("size", [(96, 64), (64, 64), (33, 70), (20, 19), (301, 200)])
@pytest.mark.parametrize("cropping", CROPPINGS)
def test_a_mask_goes_where_its_box_goes(tmp_path, size, cropping):
    width, height = size
    for box in ((width // 4, 0, 2 * width // 3, height), (3, height // 4, width, 2 * height // 3)):
        save(tmp_path / "x.png", square(size, box))
        found = table(tmp_path, "x.jpg", size=size, cropping=cropping)
        of_box = objects.table(listed("x.jpg", size=size), boxes.Boxes("b", {"x.jpg": [box]}, True), cropping)
        sides = tuple(np.broadcast_to(cropping["crop"], 2))
        (inside, lost), (expected, outside) = (objects.located(each, 0, 1, sides) for each in (found, of_box))
        assert inside.any()
        np.testing.assert_array_equal(inside, expected)
        assert lost == pytest.approx(outside)
        assert found.schema == objects.MASKED


@pytest.mark.parametrize(
    ("value", "palette", "options"),
    [
        (255, False, {}),
        (1, False, {}),
        (1, True, {}),
        (255, True, {}),  # the border that Pascal VOC calls void
        (3, True, {"bits": 2}),
        (1, True, {"transparency": 1}),
        (True, False, {}),
    ],
)
def test_every_value_but_zero_is_the_object(tmp_path, value, palette, options):
    pixels = square(value=1).astype(bool) if value is True else square(value=value)
    save(tmp_path / "a.png", pixels, palette, **options)
    found = table(tmp_path, "a.jpg")
    assert found["object_lost"].to_list() == [0.5]
    assert objects.unpacked(found["mask"][0], (32, 32)).tolist() == [[True] * 16 + [False] * 16] * 32


def test_an_image_is_found_by_its_path_or_name(tmp_path):
    save(tmp_path / "n01" / "a.png", square())
    save(tmp_path / "n02" / "a.png", square(box=(0, 0, 64, 32)))
    save(tmp_path / "b.PNG", square())
    found = object_masks.read(str(tmp_path)).of(["n01/a.JPEG", "n02/a.JPEG", "elsewhere/b.jpg", "n03/a.jpg"])
    names = [file and file.relative_to(tmp_path).as_posix() for file in found.values()]
    assert names == ["n01/a.png", "n02/a.png", "b.PNG", None]
    assert object_masks.read(str(tmp_path)).of(["b.jpg", "b.png"]) == {"b.jpg": None, "b.png": None}


def test_what_falls_out_of_the_crop_is_counted(tmp_path):
    """Of an image twice as wide as its crop: half of the left half; all of a corner; and what resizing leaves out."""
    save(tmp_path / "a.png", square())
    save(tmp_path / "b.png", square(box=(0, 0, 8, 9)))
    save(tmp_path / "c.png", square(box=(31, 0, 32, 32)))
    assert table(tmp_path, "a", "b", "c")["object_lost"].to_list() == [0.5, 1, 0]
    small = {**CROP, "resize": 16, "crop": 16}
    found = table(tmp_path, "c", cropping=small)  # of two pixels that become one, the second counts
    assert found["object_lost"].to_list() == [0]
    save(tmp_path / "c.png", square(box=(30, 0, 31, 32)))
    assert table(tmp_path, "c", cropping=small)["object_lost"].to_list() == [1]


@pytest.mark.parametrize(
    ("pixels", "line"),
    [
        (np.zeros((32, 64), np.uint8), "1 of 1 images have no pixel of an object in their mask, such as a.jpg; list only images that have one (kind: manifest)"),
        (square((32, 64)), "a.png: 32 x 64 pixels, but its image has 64 x 32"),
        (np.ones((32, 64, 3), np.uint8), "a.png: no mask of one channel of at most 8 bits, but RGB"),
        (np.ones((32, 64, 2), np.uint8), "a.png: no mask of one channel of at most 8 bits, but LA"),
        (np.ones((32, 64), np.uint16), "a.png: no mask of one channel of at most 8 bits, but I;16"),
    ],
)  # fmt: skip
def test_masks_that_are_refused(tmp_path, pixels, line):
    save(tmp_path / "a.png", pixels)
    with pytest.raises(InputError) as refused:
        table(tmp_path, "a.jpg")
    assert str(refused.value) == f"{tmp_path}: {line}"


def test_files_that_cannot_be_read(tmp_path):
    save(tmp_path / "a.png", square())
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "two").mkdir()
    for data in (whole[:-40], b"", b"GIF89a" + whole):
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(InputError, match=r"^[^\n]*: a\.png: no PNG image that can be decoded$"):
            table(tmp_path, "a.jpg")
    (tmp_path / "a.png").unlink()
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InputError, match=r": a\.png: Is a directory$"):
        table(tmp_path, "a.jpg")
    with pytest.raises(InputError, match=r"two: has no masks \(\.png\)$"):
        object_masks.read(str(tmp_path / "two"))
    save(tmp_path / "two" / "a.png", square())
    save(tmp_path / "two" / "a.PNG", square())
    with pytest.raises(InputError, match=r"two: two masks of a: a\.PNG and a\.png$"):
        object_masks.read(str(tmp_path / "two"))


def test_an_image_without_a_mask_is_refused(tmp_path):
    save(tmp_path / "a.png", square())
    line = r": 1 of 2 images have no mask, such as b\.jpg; list only images that have one \(kind: manifest\)$"
    with pytest.raises(InputError, match=line):
        table(tmp_path, "a.jpg", "b.jpg")


def test_exif_turns_neither_image_nor_mask(tmp_path):
    exif, note = Image.Exif(), PngInfo()
    exif[0x0112] = 6  # a quarter to the right
    note.add_text("orientation", "6")
    save(tmp_path / "a.png", square(), exif=exif, pnginfo=note)
    assert table(tmp_path, "a.jpg")["object_lost"].to_list() == [0.5]
