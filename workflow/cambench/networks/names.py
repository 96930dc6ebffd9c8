"""The names that a network has for its classes, as far as its weights say them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..paths import is_file
from . import watch

_BLANK = re.compile(r"LABEL_\d+")  # what Hugging Face calls classes that nobody named
_IMAGENET = "in1k"  # how tags of timm's weights end that were trained on ImageNet's 1,000 classes


def own(network: nn.Module, settings: dict, classes: int) -> list[str] | None:
    """Names of the classes, in their order: those of torchvision's, Hugging Face's or timm's weights.

    **Returns:** None if nothing says them, or there are not as many as classes.
    """
    try:
        found = _of_torchvision(settings) if "name" in settings else _of_config(network) or _of_timm(network, settings)
    except Exception:  # a network of the user's may have anything under these names
        return None
    if found is None or len(found) != classes or not all(isinstance(name, str) and name.strip() for name in found):
        return None
    return [" ".join(name.split()) for name in found]


def _of_torchvision(settings: dict) -> Sequence[Any] | None:
    """Of torchvision's weights, also if they are named by their file."""
    if settings["weights"] is None:
        return None
    import torchvision

    known, weights = torchvision.models.get_model_weights(settings["name"]), settings["weights"]
    if not is_file(weights):
        return known[weights].meta.get("categories")
    entry = next((one for one in known if one.url.endswith("/" + Path(weights).name)), None)
    return entry.meta.get("categories") if entry else None


def _of_config(network: nn.Module) -> list[Any] | None:
    """Of Hugging Face's configuration, unless they are numbers in other words."""
    found = getattr(getattr(network, "config", None), "id2label", None)
    if not isinstance(found, Mapping) or set(found) != set(range(len(found))):
        return None
    names = [found[number] for number in range(len(found))]
    return None if all(_BLANK.fullmatch(str(name)) for name in names) else names


def _of_timm(network: nn.Module, settings: dict) -> list[Any] | None:
    """Of what timm's pretrained weights say, or ImageNet's where their tag does."""
    cfg: Any = getattr(network, "pretrained_cfg", None)
    if not isinstance(cfg, Mapping) or settings["weights"] != "pretrained":  # other weights may have other classes
        return None
    names, described = cfg.get("label_names"), cfg.get("label_descriptions")
    if isinstance(names, list | tuple):
        return [described.get(name, name) if isinstance(described, Mapping) else name for name in names]
    if str(cfg.get("tag") or "").endswith(_IMAGENET):
        from timm.data import ImageNetInfo

        with watch.unseen():  # files of the package
            known = ImageNetInfo("imagenet-1k")
        return [known.index_to_description(number) for number in range(known.num_classes())]
    return None
