"""Complete the blocks of networks: what stands for a key that is not given depends on where a network comes from."""

import copy
from collections.abc import Iterator
from typing import Any

from .. import paths
from ..errors import InputError, shown
from ..images.sizes import squared, without_default
from . import torchvision_weights

IMAGENET = {
    "resize": 224,
    "crop": 224,
    "interpolation": "bilinear",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}
# Arguments of the builders that would load weights; where a network comes from is one of these keys.
_ELSEWHERE: dict[str, frozenset[str]] = {
    "name": frozenset({"pretrained", "weights", "weights_backbone"}),
    "factory": frozenset(),
    "timm": frozenset({"pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir"}),
    "hf": frozenset(),
}


def complete(config: dict) -> Iterator[str]:
    """Fill in weights and preprocessing of every network, in place, and yield one line per error.

    Of a block `preprocessing`, either all keys are there afterwards and `base` is not, or `base: own` is beside those
    that were given: the others are the network's own, which are not known yet.
    """
    blocks = config.get("networks")
    for name, block in blocks.items() if isinstance(blocks, dict) else ():
        if isinstance(block, dict):
            block.setdefault("weights", "pretrained" if _is_published(block) else None)
            if "hf" not in block:  # whose own config may say that softmax is wrong, see `settle`
                block.setdefault("score", "softmax")
            if isinstance(given := block.get("preprocessing", {}), dict | str):
                block["preprocessing"] = _preprocessing(block, {"base": given} if isinstance(given, str) else given)
            yield from _place_weights(name, block, config.get("weights_folder"))


def settle(networks: dict[str, dict]) -> None:
    """Fill in, in place, what has to be told from what was given until the networks have been tried."""
    for block in networks.values():
        block.setdefault("score", "softmax")


def problems(block: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the keys that say where a network and its weights come from, one line per error."""
    weights, source = block["weights"], next(key for key in _ELSEWHERE if key in block)
    for key in sorted(_ELSEWHERE[source] & set(block["arguments"])):
        yield f"arguments: {key}: name the weights beside the arguments, as weights"
    if weights is not None and not paths.is_file(weights):
        if source == "factory":
            yield f"weights: {shown(weights)} is no file, and a factory has no weights by name; of a file write ./NAME"
        elif source != "name" and weights != "pretrained":
            yield f"weights: {shown(weights)} is neither pretrained, nor null, nor a file; of a file write ./NAME"
    if "revision" in block and not _has_revisions(source, block):
        yield "revision is given, but neither the network nor its weights come from a repository"


def _has_revisions(source: str, block: dict[str, Any]) -> bool:
    place = block.get(source, "")
    if source not in ("timm", "hf") or place.startswith((".", "/", "package:")):
        return False
    return source == "hf" or place.startswith("hf-hub:") or block["weights"] == "pretrained"


def _is_published(block: dict[str, Any]) -> bool:
    """Whether a network comes with its weights, and says what they were made with."""
    return "timm" in block or "hf" in block


def _preprocessing(block: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    own = "own" if _is_published(block) else "imagenet"
    base, named = given.get("base", own), {key: value for key, value in given.items() if key != "base"}
    if "crop" in named:
        named["crop"] = squared(named["crop"])
    if base == "own" and not IMAGENET.keys() <= named.keys():
        return {"base": "own", **named}
    return without_default({key: named.get(key, value) for key, value in copy.deepcopy(IMAGENET).items()} | named)


def _place_weights(name: str, block: dict[str, Any], folder: Any) -> Iterator[str]:
    """Where weights are looked for: torchvision's name of them becomes its file, other blocks bear the folder."""
    network, weights = block.get("name"), block["weights"]
    if not isinstance(folder, str):
        return
    if _is_published(block):
        block["weights_folder"] = folder
    elif isinstance(network, str) and isinstance(weights, str) and weights and not paths.is_file(weights):
        try:
            block["weights"] = torchvision_weights.file_of(folder, network, weights)
        except InputError as error:
            yield f"config: networks.{name}: weights_folder: {error}"
