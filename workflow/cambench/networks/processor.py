"""What an image processor of transformers does with an image, in the terms of cambench."""

import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..images.sizes import centre_matters, squared

_FILTERS = {1: "lanczos", 2: "bilinear", 3: "bicubic"}  # by Pillow's numbers
_KNOWN_STEPS = {"do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb", "do_reduce_labels"}
# Whose images are resized, then cropped, then normalised, as their settings say; others do more, or in another order.
_PLAIN = {"Beit", "Bit", "CLIP", "ConvNext", "DINOv3ViT", "DeiT", "EfficientNet", "Levit", "MobileNetV1", "MobileNetV2"}
_PLAIN |= {"PoolFormer", "Pvt", "Segformer", "Siglip", "ViT"}


def of_folder(folder: Path) -> dict[str, Any]:
    """The preprocessing of the processor whose `preprocessor_config.json` lies in a folder.

    No other file says it: transformers would take a `processor_config.json` first, which need not have been fetched.
    **Raises:** `InputError` that names what cambench cannot do.
    """
    from transformers import AutoImageProcessor

    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as alone:
            warnings.simplefilter("ignore")
            for file in (folder / "preprocessor_config.json", folder / "config.json"):
                shutil.copyfile(file, Path(alone, file.name))
            processor = AutoImageProcessor.from_pretrained(alone, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # whatever a file in a repository may hold
        raise InputError(f"preprocessor_config.json cannot be read: {type(error).__name__}") from error
    return of_processor(processor)


def of_processor(processor: Any) -> dict[str, Any]:
    """The same of a processor."""
    kind = type(processor).__name__.removesuffix("Pil").removesuffix("Fast").removesuffix("ImageProcessor")
    said = processor.to_dict()
    steps = {key for key, value in said.items() if key.startswith("do_") and value}
    if kind not in _PLAIN:
        raise InputError(f"cambench does not know what a {type(processor).__name__} does")
    if more := sorted(steps - _KNOWN_STEPS):
        raise InputError(f"cambench has no {', '.join(more)}")
    if not said.get("do_resize"):
        raise InputError("images keep their size (do_resize is false)")
    resize, crop = _sizes(kind, said)
    if said.get("resample") not in _FILTERS:
        raise InputError(f"there is no interpolation for resample {said.get('resample')!r}")
    mean, std = _normalisation(kind, said)
    found = {"resize": resize, "crop": crop, "interpolation": _FILTERS[said["resample"]], "mean": mean, "std": std}
    return found | ({"centre": "floor"} if centre_matters(resize, crop) else {})


def _sizes(kind: str, said: Mapping[str, Any]) -> tuple[int | list[int], int | list[int]]:
    """`resize` and `crop`."""
    size = {key: value for key, value in said["size"].items() if value is not None}
    cut = _pair(said["crop_size"]) if said.get("do_center_crop") else None
    if size.keys() == {"shortest_edge"}:
        side = size["shortest_edge"]
        if kind == "ConvNext":  # which crops by itself, and resizes to large sides without keeping the shape
            if cut and side < 384:
                raise InputError("cambench does not crop images twice (do_center_crop)")
            side, cut = (int(side / said["crop_pct"]), [side, side]) if side < 384 else ([side, side], cut)
        elif kind == "Levit":
            side = int(256 / 224 * side)
        elif kind == "PoolFormer" and said.get("crop_pct"):
            side = int(side / said["crop_pct"])
        resize: int | list[int] = side
    elif size.keys() == {"height", "width"} and not (kind == "PoolFormer" and said.get("crop_pct")):
        resize = _pair(size)
    else:
        raise InputError(f"cambench has no resizing to {', '.join(f'{key} {value}' for key, value in size.items())}")
    if cut is None and isinstance(resize, int):
        raise InputError("images are resized by their shorter side, and not cropped: each has another size")
    return resize, squared(cut or resize)


def _pair(size: Mapping[str, Any]) -> list[int]:
    if size.get("height") is None or size.get("width") is None:
        raise InputError("crop_size names no height and width")
    return [int(size["height"]), int(size["width"])]


def _normalisation(kind: str, said: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Mean and std of pixels in [0, 1]: the factor of the rescaling is part of them."""
    if said.get("rescale_offset"):
        raise InputError("cambench has no rescale_offset")
    scale = 255 * (said["rescale_factor"] if said.get("do_rescale") else 1)
    normalises = said.get("do_normalize")
    mean, std = (said["image_mean"], said["image_std"]) if normalises else ([0.0] * 3, [1.0] * 3)
    # With its classifier, an EfficientNet divides once more, whether it normalises or not.
    again = said["image_std"] if kind == "EfficientNet" and said.get("include_top") else [1.0] * 3
    return [value / scale for value in mean], [one * two / scale for one, two in zip(std, again, strict=True)]
