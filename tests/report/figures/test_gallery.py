"""Maps over photographs, and what is written below them."""

import frames
import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cambench.report.figures import gallery


def gallery_of(frame, networks=frames.ONE, images=(0, 4), **names):
    photograph = np.full((4, 6, 3), 100, np.uint8)
    return gallery.draw(
        frame,
        networks,
        {"good": "Good (fast)", "bad": "Bad"},
        lambda network, image: photograph,
        lambda network, method, image: np.full((4, 6), float(method == "good")),
        images,
        names,
    )


def test_gallery_says_what_each_map_scored(scored):
    axis = gallery_of(scored).axes[0]
    texts = frames.texts(axis.texts)
    assert texts[-3:] == ["Photograph", "Good\n(fast)", "Bad"]
    assert texts[0] == "class 0, label 0\np(x) 0.750"
    assert texts[1:3] == ["p(masked) 0.500\nADCC 62.5 (degenerate)"] * 2
    assert texts[3] == "class 4, label 4\np(x) 0.750"  # the last of five images
    assert texts[4:6] == ["p(masked) 0.500\nADCC 62.5 (not finite)"] * 2
    assert len(axis.images) == 2 * 3


def test_gallery_says_which_maps_rounding_can_change(scored):
    doubtful = scored.with_columns(pl.lit(False).alias("degenerate"), pl.lit(True).alias("ill_conditioned"))
    assert frames.texts(gallery_of(doubtful).axes[0].texts)[1].endswith("ADCC 62.5 (ill-conditioned)")


def test_gallery_lays_maps_over_the_photograph(scored):
    photograph, good, bad = (image.get_array() for image in gallery_of(scored).axes[0].images[:3])
    assert (photograph == 100).all()
    # The ends of the colour map "inferno", over grey.
    for image, colour in ((good, [252, 255, 164]), (bad, [0, 0, 3])):
        np.testing.assert_allclose(image[0, 0], 100 + (np.array(colour) - 100) * 0.55, atol=1.5)


def test_gallery_of_values_that_are_not_known(scored):
    nothing = [
        pl.lit(-1).alias("label"),
        pl.lit(-1).alias("correct"),
        pl.lit(None, pl.Float64).alias("adcc"),
        pl.lit(np.nan).alias("masked_probability"),
    ]
    texts = frames.texts(gallery_of(scored.with_columns(nothing)).axes[0].texts)
    assert texts[0] == "class 0\np(x) 0.750"
    assert texts[1] == "p(masked) –\nADCC – (degenerate)"


def test_gallery_names_classes(scored):
    """The class, and the label where it is another one."""
    other = pl.when(pl.col("image") == 4).then(1).otherwise("label").alias("label")
    frame = scored.with_columns(other)
    texts = frames.texts(gallery_of(frame, net=["tench", "goldfish", None, None, "$x$ <b>"]).axes[0].texts)
    assert texts[0] == "tench (0)\nas labelled\np(x) 0.750"
    assert texts[3] == "$x$ <b> (4)\nlabel goldfish (1)\np(x) 0.750"
    unlabelled = frame.with_columns(pl.lit(-1).alias("label"), pl.lit(-1).alias("correct"))
    assert frames.texts(gallery_of(unlabelled, net=["tench"]).axes[0].texts)[0] == "tench (0)\np(x) 0.750"


def test_gallery_says_whether_the_class_is_one_of_several_labels(scored):
    right = pl.when(pl.col("image") == 0).then(1).otherwise(0).alias("correct")
    several = scored.with_columns(pl.lit(-1).alias("label"), right)
    texts = frames.texts(gallery_of(several, net=["tench"]).axes[0].texts)
    assert texts[0] == "tench (0)\none of its labels\np(x) 0.750"
    assert texts[3] == "4\nnone of its labels\np(x) 0.750"
    assert frames.texts(gallery_of(several).axes[0].texts)[0] == "class 0\none of its labels\np(x) 0.750"


def test_gallery_names_networks_where_there_are_several(scored):
    both = pl.concat([scored, scored.with_columns(pl.lit("other").alias("network"))])
    texts = frames.texts(gallery_of(both, frames.NETWORKS, images=(0,)).axes[0].texts)
    assert "Net 1" in texts
    assert "Other" in texts
    assert "Net 1" not in frames.texts(gallery_of(scored).axes[0].texts)


def test_gallery_keeps_the_shape_of_each_networks_images(scored):
    """As long as a cell in one direction, in the middle of its column, with the text of every row below it."""
    both = pl.concat([scored, scored.with_columns(pl.lit("other").alias("network"))])
    first, second = frames.NETWORKS
    shapes = {first: (4, 6), second: (10, 4)}
    axis = gallery.draw(
        both,
        frames.NETWORKS,
        {"good": "Good", "bad": "Bad"},
        lambda network, image: np.zeros((*shapes[network], 3), np.uint8),
        lambda network, method, image: np.zeros(shapes[network]),
        (0, 4),
    ).axes[0]
    boxes = [image.get_extent() for image in axis.images]  # left, right, bottom, top; y goes down
    below = [text.get_position()[1] for text in axis.texts if "p(" in text.get_text()]
    for row, (height, width) in enumerate([(4, 6)] * 2 + [(10, 4)] * 2):
        for column in range(3):
            left, right, bottom, top = boxes[3 * row + column]
            assert max(right - left, bottom - top) == pytest.approx(gallery._CELL)
            assert (bottom - top) / (right - left) == pytest.approx(height / width)
            assert (left + right) / 2 == pytest.approx(boxes[column][0] + gallery._CELL / 2)
            assert top == boxes[3 * row][3]
            assert bottom < below[3 * row + column] < bottom + gallery._TEXT
            if row:
                assert top == pytest.approx(boxes[3 * row - 1][2] + gallery._TEXT)
    ends = axis.get_ylim()
    assert ends[0] == pytest.approx(boxes[-1][2] + gallery._TEXT)


def test_long_titles_stay_beside_their_rows_and_above_their_columns(scored):
    """As those of several target layers are; whatever the shape of the images."""
    titles = {"net": "V, vit.layers.0.layernorm_before", "other": f"Swin (base), {'W' * 40} features.7.1.norm"}
    methods = {"good": "A method that has a title which is rather long", "bad": "Bad"}
    both = pl.concat([scored, scored.with_columns(pl.lit("other").alias("network"))])
    shapes = {"net": (6, 6), "other": (2, 8)}
    figure = gallery.draw(
        both,
        titles,
        methods,
        lambda network, image: np.zeros((*shapes[network], 3), np.uint8),
        lambda network, method, image: np.zeros(shapes[network]),
        (0, 4),
    )
    renderer = FigureCanvasAgg(figure).get_renderer()
    axis = figure.axes[0]
    boxes = [text.get_window_extent(renderer) for text in axis.texts]
    ours = [box for text, box in zip(axis.texts, boxes, strict=True) if "p(" not in text.get_text()]
    assert len(ours) == 4 + 3
    for box in ours:
        assert (box.x0 >= 0, box.y0 >= 0) == (True, True)
        assert (box.x1 <= figure.bbox.x1, box.y1 <= figure.bbox.y1) == (True, True)
        assert not any(box.overlaps(other) for other in boxes if other is not box)
    assert "V, vit.layers.0.\nlayernorm_before" in frames.texts(axis.texts)
