"""Sizes are one number or a pair: which shape an input has, which crops fit, and what image stores are called."""

import itertools
import math

import numpy as np
import pytest
from PIL import Image

from cambench.images import sizes
from cambench.images.decode import _centre_crop, _size

BLOCK = {"resize": 256, "crop": 224, "interpolation": "bilinear"}


@pytest.mark.parametrize(("crop", "shape"), [(224, (224, 224)), ([224, 160], (224, 160)), ((96, 160), (96, 160))])
def test_shape_of_an_input(crop, shape):
    assert sizes.input_shape({"crop": crop}) == shape


@pytest.mark.parametrize("resize", [5, [4, 7], [6, 5]])
@pytest.mark.parametrize("crop", [4, 6, [4, 7], [6, 5], [5, 4], [4, 4]])
def test_a_crop_fits_if_no_image_is_smaller_than_it(resize, crop):
    """Images of all shapes are resized; a crop beyond their edge would be padded with black."""
    shapes = itertools.product((3, 5, 9), repeat=2)
    resized = [Image.new("RGB", shape).resize(_size(shape, resize)) for shape in shapes]
    height, width = sizes.sides(crop)
    fitting = all(image.width >= width and image.height >= height for image in resized)
    assert sizes.fits({"resize": resize, "crop": crop}) == fitting
    assert {_centre_crop(image, crop).size for image in resized} == {(width, height)}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "resize256-crop224-bilinear"),
        ({"mean": [0.5] * 3, "crop": [224, 224]}, "resize256-crop224-bilinear"),
        ({"resize": [256, 256]}, "resize256x256-crop224-bilinear"),  # which changes the shape of an image
        ({"resize": [256, 192], "crop": [224, 160]}, "resize256x192-crop224x160-bilinear"),
        ({"crop": (224, 160), "interpolation": "lanczos"}, "resize256-crop224x160-lanczos"),
        ({"centre": "round"}, "resize256-crop224-bilinear"),
        ({"centre": "floor"}, "resize256-crop224-bilinear-floor"),
    ],
)
def test_networks_that_crop_alike_share_a_store(changes, name):
    assert sizes.preprocessing_name({**BLOCK, **changes}) == name


def test_equal_pixels_have_equal_settings():
    pair = {**BLOCK, "crop": [224, 224], "mean": [0.5] * 3}
    assert sizes.cropping(pair) == sizes.cropping(BLOCK) == BLOCK
    assert sizes.cropping({**BLOCK, "resize": (256, 300)})["resize"] == [256, 300]
    assert sizes.cropping({**BLOCK, "centre": "round"}) == BLOCK
    assert sizes.cropping({**BLOCK, "centre": "floor"}) == {**BLOCK, "centre": "floor"}


def test_an_odd_border_is_halved_to_even_or_down():
    """Pixels of an image 13 high and wide say where they are."""
    image = Image.fromarray(np.tile(np.arange(13, dtype=np.uint8), (13, 1)))
    for crop in range(1, 14):
        starts = [np.asarray(_centre_crop(image, crop, down))[0, 0] for down in (False, True)]
        assert starts == [round((13 - crop) / 2), math.floor((13 - crop) / 2)]
        assert (
            sizes.centre_matters([13, 13], crop) == sizes.centre_matters((7, 13), [7, crop]) == (starts[0] != starts[1])
        )
    assert sizes.centre_matters(13, 13)


def test_how_images_become_pixels_in_words():
    assert sizes.in_words(BLOCK) == sizes.in_words({**BLOCK, "crop": [224, 224]})
    assert sizes.in_words(BLOCK) == "shorter side 256, centre crop 224, bilinear"
    floor = {**BLOCK, "centre": "floor"}
    assert sizes.in_words(floor) == "shorter side 256, centre crop 224, half borders rounded down, bilinear"
    pairs = {"resize": [256, 192], "crop": [224, 160], "interpolation": "lanczos"}
    assert sizes.in_words(pairs) == "resized to 256 x 192, centre crop 224 x 160, lanczos"
