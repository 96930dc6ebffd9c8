"""The configuration that runs a run's networks and methods on mosaics of its images."""

import copy
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import yaml

from .. import methods
from ..config import layers
from ..errors import InputError, one_line, shown, suggestion
from ..images.sizes import sides, squared

if TYPE_CHECKING:
    from .mosaics import Asked
    from .run import Run

FILE, LIST, BOXES = "mosaics.yaml", "images.csv", "boxes.csv"
METRICS = ["grid_pointing_game", "pointing_game", "energy_pointing_game", "relevance_rank"]
_KEPT = ("weights_folder", "masking", "compute", "shards")  # of the run; the rest is about other images
_LONGEST = 100  # characters of a name
Blocks = dict[str, dict[str, Any]]


def networks(run: "Run", network: str | None) -> Blocks:
    """Blocks of the run's configuration: of one network, with all of its layers, or of all.

    **Raises:** `InputError` if the run has no such network.
    """
    found: Blocks = run.config["networks"]
    if network is None:
        return found
    if network not in found:
        known = f"it has {', '.join(found)}"
        raise InputError(f"{run.path}: no network {shown(network)}{suggestion(network, list(found))}; {known}")
    return {network: found[network]}


def entries(blocks: Blocks) -> list[str]:
    """Names of the networks, of which each target layer is one, as the run's stores have them."""
    return [
        name for key, block in blocks.items() for name in (layers.entries(key, block) if "layers" in block else [key])
    ]


def text(run: "Run", out: str, blocks: Blocks, asked: "Asked") -> str:
    """The configuration as YAML, with a comment that says what it was made of.

    **Raises:** `InputError` if the run has no method that can make maps of other images.
    """
    every = {name: _method(block) for name, block in run.config["methods"].items() if not _is_read(block)}
    if not every:
        raise InputError(f"{run.path}: all maps were computed elsewhere; no method can explain other images")
    kept = {key: run.config[key] for key in _KEPT if run.config.get(key) is not None}
    tables = {key: value for key, value in run.config["tables"].items() if key != "published"}
    config = {
        "run": f"{run.name[: _LONGEST - 8]}-mosaics",
        "dataset": {"kind": "manifest", "path": _below(out, LIST), "boxes": _below(out, BOXES)},
        "networks": {name: _enlarged(block, asked.grid) for name, block in blocks.items()},
        "methods": every,
        "metrics": METRICS,
        "target": "label",
        "curves": {"enabled": False},
        **kept,
        "tables": tables,
    }
    return _comment(run, asked, len(run.methods) - len(every)) + yaml.safe_dump(
        config, sort_keys=False, allow_unicode=True, width=120
    )


def _comment(run: "Run", asked: "Asked", left_out: int) -> str:
    drawn = f"{asked.mosaics} mosaics of {asked.grid} x {asked.grid} images with p > {asked.confidence:g}"
    first = one_line(f"The grid pointing game (Böhle et al., 2021): {drawn}, seed {asked.seed}, of {run.path}.")
    lines = [first, f"Chance is 1/{asked.grid**2}. Run it in the folder in which that run was made."]
    if left_out:
        lines.append(f"{left_out} of its methods read maps from a file, and are left out.")
    return "".join(f"# {line}\n" for line in lines)


def _below(out: str, name: str) -> str:
    return str(PurePath(out) / name)


def _is_read(block: dict[str, Any]) -> bool:
    """Whether a method reads its maps from a file."""
    return methods.facts(block["cam"]).is_precomputed


def _method(block: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != "published"}


def _enlarged(block: dict[str, Any], grid: int) -> dict[str, Any]:
    """A network's block whose input is the whole mosaic, of which no pixel is resampled or cut off."""
    found = copy.deepcopy(block)
    size = squared(_times(grid, sides(found["preprocessing"]["crop"])))
    found["preprocessing"] |= {"resize": size, "crop": size}
    if "tokens" in found:
        found["tokens"]["grid"] = _times(grid, found["tokens"]["grid"])
    return found


def _times(number: int, sides_given: Sequence[int]) -> list[int]:
    return [number * side for side in sides_given]
