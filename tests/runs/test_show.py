"""One image with its maps."""

import frames
import numpy as np
import pytest

from cambench.errors import InputError


def test_an_image_with_what_each_map_scored(run):
    figure = run.show(image=3)
    texts = frames.texts(figure.axes[0].texts)
    row = run.metrics.filter(method="scorecam", image=3).row(0, named=True)
    assert texts[2] == f"p(masked) {row['masked_probability']:.3f}\nADCC {100 * row['adcc']:.1f}"
    assert texts[-3:] == ["Photograph", "gradcam", "scorecam"]
    photograph = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(photograph, run.reader("tiny")("images.pixels")[3:4][0])


def test_some_methods(run):
    assert len(run.show(0, network="tiny", methods=["scorecam"]).axes[0].images) == 2


def test_notebooks_show_it(run):
    assert run.show(0)._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"image": 9}, "no image 9; it has 9, from 0"),
        ({"image": 1.5}, "no image 1.5; it has 9, from 0"),
        ({"image": 0, "methods": []}, "name at least one method"),
        ({"image": 0, "methods": ["gradcm"]}, "no method 'gradcm'"),
        ({"image": 0, "network": "other"}, "name one of them, not 'other'"),
    ],
)
def test_what_cannot_be_shown(run, asked, said):
    with pytest.raises(InputError, match=said):
        run.show(**asked)
