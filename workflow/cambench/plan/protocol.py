"""What decides the numbers that are compared with published ones, in this run and in the paper's preset."""

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from .. import methods, paths
from ..config import read

# Of the preset as it comes with cambench. A changed file no longer says what the paper's settings are.
DIGEST = "4f1858669ef7f68cac78b170ea4cdbdd443186b8b4e1b83e8394ecc5cb2ea8d9"
_NETWORK = ("name", "factory", "arguments", "weights", "layer", "preprocessing")


def of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every setting that decides a number, by its dotted key.

    **Arguments:** `config` complete. **Returns:** `run`, those of all networks and methods; `networks`, by name;
    `methods`, by the published name.
    """
    shared = {key: config[key] for key in ("target", "masking", "curves")}
    shared |= {"compute": {"precision": config["compute"]["precision"]}}
    shared |= {"dataset": {key: config["dataset"][key] for key in ("kind", "images")}}
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
def of_preset() -> dict[str, dict[str, Any]]:
    """Every setting of the preset `config/poppi2021.yaml`, which defines the published numbers of its paper."""
    file = paths.snakefile().parent / "config" / "poppi2021.yaml"
    return of(read.resolve(yaml.safe_load(file.read_text(encoding="utf-8")), [], look=False)[0])


def is_as_shipped(protocol: Mapping[str, Any]) -> bool:
    """Whether the preset is the one that comes with cambench."""
    return digest(protocol) == DIGEST


def digest(protocol: Mapping[str, Any]) -> str:
    """SHA-256 of settings."""
    return hashlib.sha256(json.dumps(protocol, sort_keys=True).encode()).hexdigest()


def _settings(block: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a method, those that are not given as well."""
    defaults = {name: setting.default for name, setting in methods.facts(block["cam"]).settings.items()}
    return {**defaults, **block["settings"]}


def _flat(block: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in block.items():
        found |= _flat(value, f"{start}{key}.") if isinstance(value, Mapping) else {f"{start}{key}": value}
    return found
