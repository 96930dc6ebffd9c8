"""Sizes are one number or a pair: which shape an input has, which crops fit, and what image stores are called."""

import itertools

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
    ],
)
def test_networks_that_crop_alike_share_a_store(changes, name):
    assert sizes.preprocessing_name({**BLOCK, **changes}) == name


def test_equal_pixels_have_equal_settings():
    pair = {**BLOCK, "crop": [224, 224], "mean": [0.5] * 3}
    assert sizes.cropping(pair) == sizes.cropping(BLOCK) == BLOCK
    assert sizes.cropping({**BLOCK, "resize": (256, 300)})["resize"] == [256, 300]


def test_how_images_become_pixels_in_words():
    assert sizes.in_words(BLOCK) == sizes.in_words({**BLOCK, "crop": [224, 224]})
    assert sizes.in_words(BLOCK) == "shorter side 256, centre crop 224, bilinear"
    pairs = {"resize": [256, 192], "crop": [224, 160], "interpolation": "lanczos"}
    assert sizes.in_words(pairs) == "resized to 256 x 192, centre crop 224 x 160, lanczos"
