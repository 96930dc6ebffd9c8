"""Maps over photographs, and what is written below them."""

import frames
import numpy as np
import polars as pl

from cambench.report.figures import gallery


def gallery_of(frame, networks=frames.ONE, images=(0, 4)):
    photograph = np.full((4, 6, 3), 100, np.uint8)
    return gallery.draw(
        frame,
        networks,
        {"good": "Good (fast)", "bad": "Bad"},
        lambda network, image: photograph,
        lambda network, method, image: np.full((4, 6), float(method == "good")),
        images,
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
        pl.lit(None, pl.Float64).alias("adcc"),
        pl.lit(np.nan).alias("masked_probability"),
    ]
    texts = frames.texts(gallery_of(scored.with_columns(nothing)).axes[0].texts)
    assert texts[0] == "class 0\np(x) 0.750"
    assert texts[1] == "p(masked) –\nADCC – (degenerate)"


def test_gallery_names_networks_where_there_are_several(scored):
    both = pl.concat([scored, scored.with_columns(pl.lit("other").alias("network"))])
    texts = frames.texts(gallery_of(both, frames.NETWORKS, images=(0,)).axes[0].texts)
    assert "Net 1" in texts
    assert "Other" in texts
    assert "Net 1" not in frames.texts(gallery_of(scored).axes[0].texts)
