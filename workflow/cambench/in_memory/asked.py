"""What a caller asks for, as a configuration that is checked as the workflow checks its own."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from .. import methods
from ..config import checks, curves, metrics, networks, perturbations, read
from ..errors import InputError, shown

_PLACE = "in_memory:network"  # stands for a module where the configuration names a factory
_EXAMPLE = "{'cam': 'scorecam', 'settings': {...}}"
_NOWHERE = {"kind": "folder", "path": "."}  # stands for images that come from no data set


@dataclass(frozen=True)
class Asked:
    """A checked request: a complete `config`; the `module` of the network, and functions by label, if they were given.

    `functions` are methods of the caller's own, which no file has.
    """

    config: dict[str, Any]
    module: nn.Module | None
    functions: Mapping[str, Callable[..., Any]]

    @property
    def networks(self) -> dict[str, dict[str, Any]]:
        """Complete blocks by name; of a network with `layers`, one for each."""
        found: dict[str, dict[str, Any]] = self.config["networks"]
        return found

    def relu(self, label: str) -> bool:
        """Whether a method's maps take a ReLU."""
        return label in self.functions or methods.facts(self.config["methods"][label]["cam"]).relu


def asked(
    network: Any,
    chosen: Any,
    dataset: dict[str, Any] | None,
    own: dict[str, Any],
    size: tuple[int, int] | None = None,
    name: str | None = None,
    **blocks: Any,
) -> Asked:
    """Complete and check what is asked for.

    **Arguments:** `network` a module, a block of the configuration, or a torchvision name; `chosen` methods; `own` keys
    of the network's block that were given beside it; `size` (H, W) of images that are given as arrays; `name` of the
    network; `blocks` others of the configuration.
    **Raises:** `InputError`, one line for all that is wrong.
    """
    block = _with(_block(network), own)
    block = block if size is None else _sized(block, size)
    listed, functions = _methods(chosen)
    config = {
        "run": "memory",
        "dataset": dataset or _NOWHERE,
        "networks": {name or _name(network): block},
        "methods": listed,
        **{key: _plain(value) for key, value in blocks.items()},
    }
    full, errors = read.resolve(config, [], look=False)
    errors = errors or list(_problems(full, functions))
    if errors:
        raise InputError("; ".join(line.removeprefix("config: ") for line in errors))
    networks.settle(full["networks"])
    return Asked(full, network if isinstance(network, nn.Module) else None, functions)


def _problems(full: dict[str, Any], functions: Mapping[str, Any]) -> Any:
    for label, block in full["methods"].items():
        if label in functions:
            continue
        yield from (f"methods.{label}: {line}" for line in checks.method(block["cam"], block["settings"]))
    for name, block in full["networks"].items():
        yield from (f"networks.{name}: {line}" for line in networks.problems(block))
    yield from curves.problems(full)
    yield from metrics.problems(full)
    yield from perturbations.problems(full)


def _block(network: Any) -> dict[str, Any]:
    """The block of the configuration that a network is given as."""
    if isinstance(network, nn.Module):
        says = any(getattr(network, key, None) for key in ("pretrained_cfg", "default_cfg"))  # timm's networks
        return {"factory": _PLACE, **({"preprocessing": "own"} if says else {})}
    if isinstance(network, str):
        return {"name": network, "weights": "DEFAULT", "preprocessing": "own"}
    if isinstance(network, Mapping):
        return dict(network)
    what = (
        "a torch.nn.Module, a block of the configuration such as {'timm': NAME}, or the name of a torchvision network"
    )
    raise InputError(f"network: give {what}, not {shown(network)}")


def _with(block: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    for key in own:
        if key in block and block[key] != "own":
            raise InputError(f"{key}: is given twice, and in the network's block as {shown(block[key])}")
    return block | own


def _sized(block: dict[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """A block whose images are as large as given arrays are. **Raises:** `InputError` if it says another size."""
    given = block.get("preprocessing", {})
    if not isinstance(given, str | Mapping):
        raise InputError(f"preprocessing: give a block of the configuration, 'own' or 'imagenet', not {shown(given)}")
    given = {"base": given} if isinstance(given, str) else dict(given)
    crop = given.get("crop")
    if crop is not None and (crop, crop) != size and tuple(crop if isinstance(crop, Sequence) else ()) != size:
        said = f"arrays of {size[0]} x {size[1]} pixels, but preprocessing has crop {shown(crop)}"
        raise InputError(f"images: {said}; give PIL images or paths, which are resized")
    return block | {"preprocessing": given | {"resize": list(size), "crop": list(size)}}


def _methods(chosen: Any) -> tuple[dict[str, Any], dict[str, Callable[..., Any]]]:
    """Blocks of methods by label, and those that are functions of the caller's own."""
    listed = _by_label([chosen] if isinstance(chosen, str) or callable(chosen) else chosen)
    functions = {label: item for label, item in listed.items() if callable(item)}
    for label, function in functions.items():
        _refuse_arguments(label, function)
    named = {label: label if label in functions else item for label, item in listed.items()}
    return {label: {"cam": item} if isinstance(item, str) else _plain(item) for label, item in named.items()}, functions


def _by_label(chosen: Any) -> dict[str, Any]:
    """Names, functions and blocks by label. **Raises:** `InputError` for what is none, and for labels of two."""
    items = list(chosen.values()) if isinstance(chosen, Mapping) else chosen
    if not isinstance(items, Sequence) or not items:
        raise InputError(f"methods: give names, or blocks by label, not {shown(chosen)}")
    for item in items:
        if not (isinstance(item, str | Mapping) or callable(item)):
            raise InputError(f"methods: give a name, a function or a block such as {_EXAMPLE}, not {shown(item)}")
    if isinstance(chosen, Mapping):
        return dict(chosen)
    labels = [_label(item) for item in items]
    if twice := next((label for label in labels if labels.count(label) > 1), None):
        raise InputError(f"methods: several are called {twice}; give them by label, {{'first': ..., 'second': ...}}")
    return dict(zip(labels, items, strict=True))


def _refuse_arguments(label: str, function: Callable[..., Any]) -> None:
    try:
        inspect.signature(function).bind(None)
    except (TypeError, ValueError) as error:
        raise InputError(f"methods.{label}: must be a function cam(batch): {error}") from error


def _plain(value: Any) -> Any:
    """A value of the configuration, of which nothing is the caller's own dictionary."""
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _label(item: Any) -> str:
    """The label of a method that is given without one."""
    if isinstance(item, Mapping):
        item = str(item.get("cam", "own"))
    name = item if isinstance(item, str) else getattr(item, "__name__", type(item).__name__)
    return re.sub(r"[^A-Za-z0-9._+-]", "_", name.removesuffix(".py").rpartition("/")[2]).strip("_") or "own"


def _name(network: Any) -> str:
    """A name for the column `network`."""
    if isinstance(network, nn.Module):
        return type(network).__name__.strip("_") or "network"
    text = (
        network
        if isinstance(network, str)
        else next((str(network[key]) for key in ("name", "timm", "hf", "factory") if key in network), "network")
    )
    return re.sub(r"[^A-Za-z0-9._+-]", "-", text).strip("-._+") or "network"
