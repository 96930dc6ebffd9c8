"""Sizes in pixels of a block `preprocessing`, whose `resize` and `crop` are one number or a pair [height, width].

Pure Python, because the process that plans the workflow imports it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Size = int | Sequence[int]


def input_shape(preprocessing: Mapping[str, Any]) -> tuple[int, int]:
    """Height and width of a network's input: those of the centre crop, whose side stands for both."""
    return sides(preprocessing["crop"])


def sides(size: Size) -> tuple[int, int]:
    """Height and width; one number is both.

    >>> sides(224), sides([224, 160])
    ((224, 224), (224, 160))
    """
    if isinstance(size, int):
        return size, size
    height, width = size
    return height, width


def fits(preprocessing: Mapping[str, Any]) -> bool:
    """Whether every image is as large as the crop once it is resized.

    Of an image that is resized by its shorter side, either side may be that one.

    >>> fits({"resize": 256, "crop": [224, 300]}), fits({"resize": [256, 300], "crop": [224, 300]})
    (False, True)
    """
    return all(
        cut <= side for cut, side in zip(input_shape(preprocessing), sides(preprocessing["resize"]), strict=True)
    )


def cropping(preprocessing: Mapping[str, Any]) -> dict[str, Any]:
    """What decides an image's pixels: `resize`, `crop`, `interpolation`; a crop of equal sides is one number.

    A `resize` of equal sides is not: that changes the shape of the image.
    """
    height, width = input_shape(preprocessing)
    resize, crop = preprocessing["resize"], height if height == width else [height, width]
    return {
        "resize": resize if isinstance(resize, int) else list(resize),
        "crop": crop,
        "interpolation": preprocessing["interpolation"],
    }


def in_words(preprocessing: Mapping[str, Any]) -> str:
    """How images become pixels, in words.

    >>> in_words({"resize": [256, 192], "crop": 160, "interpolation": "bilinear"})
    'resized to 256 x 192, centre crop 160, bilinear'
    >>> in_words({"resize": 256, "crop": [224, 160], "interpolation": "bilinear"})
    'shorter side 256, centre crop 224 x 160, bilinear'
    """
    block = cropping(preprocessing)
    resize, crop = (" x ".join(map(str, _listed(block[key]))) for key in ("resize", "crop"))
    resized = "shorter side" if isinstance(block["resize"], int) else "resized to"
    return f"{resized} {resize}, centre crop {crop}, {block['interpolation']}"


def preprocessing_name(preprocessing: Mapping[str, Any]) -> str:
    """Name of an image store: networks that resize and crop alike share one.

    Mean and standard deviation are left out; they are applied to the stored pixels by each network.

    >>> preprocessing_name({"resize": 256, "crop": [224, 224], "interpolation": "bilinear"})
    'resize256-crop224-bilinear'
    >>> preprocessing_name({"resize": [256, 192], "crop": [224, 160], "interpolation": "bilinear"})
    'resize256x192-crop224x160-bilinear'
    """
    block = cropping(preprocessing)
    resize, crop = ("x".join(map(str, _listed(block[key]))) for key in ("resize", "crop"))
    return f"resize{resize}-crop{crop}-{block['interpolation']}"


def _listed(size: Size) -> Sequence[int]:
    return [size] if isinstance(size, int) else size
