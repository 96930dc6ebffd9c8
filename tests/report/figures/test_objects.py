"""Images with the outlines of their objects: boxes or masks, where they lie and what the crop leaves out."""

import matplotlib
import numpy as np
import polars as pl
import pytest
from matplotlib.collections import Collection
from matplotlib.patches import Rectangle

from cambench.images import objects as places
from cambench.report.figures import objects, style

SIZE = (20, 30)
PATHS = [f"n01/a_rather_long_name_of_a_file_of_an_image_$x$_{number}.png" for number in range(6)]
IMAGE = np.arange(600 * 3, dtype=np.uint8).reshape(*SIZE, 3)


def drawn(table, images=(1, 4), **others):
    found = {"net": table.lazy(), **others}
    return objects.draw(found, {name: name.title() for name in found}, lambda *_: IMAGE, images, PATHS)


def of_boxes():
    boxes = [[[3.0 + number, 4.0, 13.0, 40.0], [0.0, 0.0, 2.0, 2.0]] for number in range(6)]
    lost = [0, 0.25, 0, 0, 1, 0]
    return pl.DataFrame({"image": range(6), "boxes": boxes, "object_lost": lost}, places.SCHEMA)


def of_masks(*masks):
    packed = [np.packbits(mask).tobytes() for mask in masks]
    columns = {"image": range(len(masks)), "mask": packed, "object_lost": [0.0] * len(masks)}
    return pl.DataFrame(columns, places.MASKED)


def test_boxes_lie_where_they_are(tmp_path):
    figure = drawn(of_boxes())
    first, second, *empty = figure.axes
    edges = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in first.findobj(Rectangle)[:-1]]
    assert edges == [(4, 4, 9, 36)] * 2 + [(0, 0, 2, 2)] * 2  # of two lines each
    assert (first.get_xlim(), first.get_ylim()) == ((0, 30), (20, 0))  # what leads out of the image is cut
    assert (first.images[0].get_array() == IMAGE).all()
    assert "".join(first.get_title().split()).startswith(PATHS[1].removeprefix("n01/"))
    assert first.get_title().splitlines()[-1] == "25.0 % of the object is outside"
    assert second.get_title().splitlines()[-1] == "all of the object is outside"
    assert not first.title.get_parse_math()
    assert [len(axis.images) for axis in empty] == [0, 0]
    style.save(figure, tmp_path / "objects.png")
    with matplotlib.rc_context(style.STYLE):
        style.save(drawn(of_boxes()), tmp_path / "again.png")
    assert (tmp_path / "objects.png").read_bytes() == (tmp_path / "again.png").read_bytes()


def test_masks_have_their_edges():
    """Also of an object that the image cuts, or that is all of it; there is none round nothing."""
    mask = np.zeros((4, *SIZE), bool)
    mask[0, 5:10, 7:20] = mask[1, 12:, 25:] = mask[2] = True
    figure = drawn(of_masks(*mask), (0, 1, 2, 3))
    found = [[each for each in axis.collections if isinstance(each, Collection)] for axis in figure.axes]
    assert [len(lines) for lines in found] == [2, 2, 2, 0]
    for lines, (left, top, right, bottom) in zip(
        found, [(7, 5, 20, 10), (25, 12, 30, 20), (0, 0, 30, 20)], strict=False
    ):
        (path,) = lines[0].get_paths()
        assert path.vertices.min(0).tolist() == pytest.approx([left, top])
        assert path.vertices.max(0).tolist() == pytest.approx([right, bottom])
    assert figure.axes[0].get_title().endswith("\nall of the object is inside")


def test_each_preprocessing_has_rows_of_its_own():
    figure = drawn(of_boxes(), range(6), other=of_boxes().lazy())
    assert len(figure.axes) == 2 * 2 * 4
    assert [len(axis.images) for axis in figure.axes] == [1] * 6 + [0] * 2 + [1] * 6 + [0] * 2
    assert [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()] == ["Net", "Other"]
    assert not any(axis.get_ylabel() for axis in drawn(of_boxes()).axes)
