"""What decides the numbers that are compared with published ones, in this run and in the paper's preset."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .. import further, methods
from ..config import read

_PAPER = Path(__file__).resolve().parents[1] / "reference" / "poppi2021.json"
_NETWORK = ("name", "factory", "arguments", "weights", "layer", "score", "preprocessing")


def of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every setting that decides a number, by its dotted key.

    **Arguments:** `config` complete. **Returns:** `run`, those of all networks and methods; `networks`, by name;
    `methods`, by the published name.
    """
    shared = {key: config[key] for key in ("target", "masking", "curves")}
    shared |= {"compute": {"precision": config["compute"]["precision"]}}
    shared |= {"dataset": {key: config["dataset"][key] for key in ("kind", "images")}}
    shared |= further.every_setting(config)
    blocks = config["networks"].items()
    return {
        "run": _flat(shared),
        "networks": {name: _flat({key: block.get(key) for key in _NETWORK}) for name, block in blocks},
        "methods": {
            block["published"]: {"cam": block["cam"], **_settings(block)}
            for block in config["methods"].values()
            if "published" in block
        },
    }


@functools.cache
def of_paper() -> dict[str, dict[str, Any]]:
    """Every setting that decides the published numbers, as `of` gives them; the users' preset may be another by now."""
    found: dict[str, dict[str, Any]] = json.loads(_PAPER.read_text(encoding="utf-8"))
    return found


def of_file(preset: str | Path) -> dict[str, dict[str, Any]]:
    """Every setting of a configuration file that decides a number; reference/README.md says how `of_paper` is made."""
    return of(read.resolve(yaml.safe_load(Path(preset).read_text(encoding="utf-8")), [], look=False)[0])


def _settings(block: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a method, those that are not given as well."""
    defaults = {name: setting.default for name, setting in methods.facts(block["cam"]).settings.items()}
    return {**defaults, **block["settings"]}


def _flat(block: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in block.items():
        found |= _flat(value, f"{start}{key}.") if isinstance(value, Mapping) else {f"{start}{key}": value}
    return found
