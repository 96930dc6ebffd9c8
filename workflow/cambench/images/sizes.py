"""Sizes in pixels of a block `preprocessing`, whose `resize` and `crop` are one number or a pair [height, width].

Pure Python, because the process that plans the workflow imports it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Size = int | Sequence[int]
ROUNDED = {"centre": "round"}  # where a block does not say how odd borders are halved


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
    """What decides an image's pixels: `resize`, `crop`, `interpolation`, and `centre` where that is `floor`.

    A crop of equal sides is one number. A `resize` of equal sides is not: that changes the shape of the image.
    """
    resize, crop = preprocessing["resize"], squared(preprocessing["crop"])
    block = {
        "resize": resize if isinstance(resize, int) else list(resize),
        "crop": crop if isinstance(crop, int) else list(crop),
        "interpolation": preprocessing["interpolation"],
    }
    return without_default(block | {"centre": preprocessing.get("centre", "round")})


def without_default(preprocessing: Mapping[str, Any]) -> dict[str, Any]:
    """A block without a `centre` that is what stands for it, so that the two ways to write it are one."""
    return {key: value for key, value in preprocessing.items() if (key, value) not in ROUNDED.items()}


def centre_matters(resize: Size, crop: Size) -> bool:
    """Whether a centre crop may begin at another pixel where half an odd border is rounded down, not to even.

    Of images that are resized by their shorter side, the longer one may be anything.

    >>> centre_matters(256, 224), centre_matters([235, 224], 224), centre_matters([229, 224], 224)
    (True, True, False)
    """
    if isinstance(resize, int):
        return True
    return any((side - cut) % 4 == 3 for side, cut in zip(resize, sides(crop), strict=True))


def squared(crop: Any) -> Any:
    """A crop of equal sides as one number, so that the two ways to write it are one; anything else as it is.

    >>> squared([224, 224]), squared([224, 160]), squared(224)
    (224, [224, 160], 224)
    """
    is_pair = isinstance(crop, Sequence) and not isinstance(crop, str) and len(crop) == 2
    return crop[0] if is_pair and crop[0] == crop[1] else crop


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
    down = ", half borders rounded down" if "centre" in block else ""
    return f"{resized} {resize}, centre crop {crop}{down}, {block['interpolation']}"


def preprocessing_name(preprocessing: Mapping[str, Any]) -> str:
    """Name of an image store: networks that resize and crop alike share one.

    Mean and standard deviation are left out; they are applied to the stored pixels by each network.

    >>> preprocessing_name({"resize": 256, "crop": [224, 224], "interpolation": "bilinear"})
    'resize256-crop224-bilinear'
    >>> preprocessing_name({"resize": [256, 192], "crop": [224, 160], "interpolation": "bilinear"})
    'resize256x192-crop224x160-bilinear'
    >>> preprocessing_name({"resize": 256, "crop": 224, "interpolation": "bilinear", "centre": "floor"})
    'resize256-crop224-bilinear-floor'
    """
    block = cropping(preprocessing)
    resize, crop = ("x".join(map(str, _listed(block[key]))) for key in ("resize", "crop"))
    name = f"resize{resize}-crop{crop}-{block['interpolation']}"
    return f"{name}-{block['centre']}" if "centre" in block else name


def _listed(size: Size) -> Sequence[int]:
    return [size] if isinstance(size, int) else size
