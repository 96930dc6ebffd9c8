"""CAM methods, found by folder: every `<name>.py` here is one, named by its file. Dropping a file in is all.

A user's own file, anywhere, is one as well: the configuration names it by its path, such as `my_methods/mine.py`.

What planning needs to know of a method is read from its source, so that nothing imports torch; the function itself
is loaded only where it runs.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from .. import own
from ..errors import InputError
from ..store.network import at_layer, refused_layer
from ._fusion import misplaced, parted
from ._smoothing import split
from ._source import Facts, read

__all__ = [
    "Facts",
    "facts",
    "facts_with",
    "images_at_once",
    "involved",
    "load",
    "misplaced",
    "names",
    "refusal",
    "takes_scores",
]

_FOLDER = Path(__file__).parent
_ASKED = ("passes", "heads", "work", "looks", "attends", "repeats", "backward")  # facts that what a method asks decides


def names() -> list[str]:
    """All methods, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


@functools.cache
def facts(name: str) -> Facts:
    """What the file of a method says of it. **Raises:** `InputError`, one line naming the file, if it is none."""
    return read(_file(name))


def involved(name: str, settings: Mapping[str, Any]) -> list[str]:
    """A method, and the other one whose maps it changes, if its settings name one."""
    own_facts = facts(name)
    return [name, str(settings.get(own_facts.of, own_facts.settings[own_facts.of].default))] if own_facts.of else [name]


def facts_with(name: str, settings: Mapping[str, Any]) -> Facts:
    """The same as `facts`, where settings count: a method that changes another's maps makes the passes of that one.

    One that explains noisy copies makes no pass of the image itself. One that fuses maps of several layers makes its
    own pass for each, and the map is as large as the input.
    """
    found, *others = map(facts, involved(name, settings))
    noisy, fuses = bool(split(settings, found.settings)[1].noise), bool(parted(settings, found.settings)[1].layers)
    for other in others:
        asked = {key: getattr(other, key) for key in _ASKED}
        found = replace(found, **asked, settings={**other.settings, **found.settings})
    resolution = "input" if fuses else found.resolution
    return replace(found, repeats=found.repeats or noisy or fuses, resolution=resolution)


def takes_scores(name: str, settings: Mapping[str, Any]) -> bool:
    """Whether a method is Score-CAM with probabilities of the image itself at the target layer, not of copies of it.

    Stage `channel_scores` makes these once for all labels that take them.
    """
    own_settings, smoothing = split(settings, {})
    if name != "scorecam" or parted(settings, {})[1].layers:
        return False
    return own_settings.get("score", "probability") == "probability" and smoothing.count == 1


def images_at_once(name: str, batch: int, settings: Mapping[str, Any] = MappingProxyType({})) -> int:
    """Images to explain together: few of a costly method, whose own inputs fill the batches, so that progress shows."""
    return max(1, batch // 8) if facts_with(name, settings).costly else batch


def load(name: str) -> Callable:
    """The function `cam(batch, *, settings...) -> maps` of a method, described in `_contract.Method`.

    **Raises:** `InputError`, one line naming the file, if it cannot be imported.
    """
    facts(name)
    function: Callable = _module(name).cam
    return function


def refusal(name: str, network: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> str | None:
    """Why a method cannot explain a network (as described by `networks.describe`), or None if it can.

    A method's `check(network)` may take some of its settings, too, by keyword; `Facts.checked` names them. One that
    fuses maps has to explain the network at each of the layers.
    **Raises:** `InputError`, one line naming the file, if it cannot be imported or its check fails.
    """
    settings = settings or {}
    layers, check = parted(settings, facts(name).settings)[1].layers, getattr(_module(name), "check", None)
    if found := next((reason for layer in layers if (reason := refused_layer(network, layer))), None):
        return found
    places = [at_layer(network, layer) for layer in layers] or [{**network}]
    return next((reason for place in places if check and (reason := _refused(name, check, place, settings))), None)


def _refused(name: str, check: Callable, network: Mapping[str, Any], settings: Mapping[str, Any]) -> str | None:
    """What a method's check says of a network."""
    wanted = inspect.signature(check).parameters
    try:
        reason: str | None = check(network, **{key: value for key, value in settings.items() if key in wanted})
        return reason
    except Exception as error:  # the file may be the user's code, and may raise anything
        raise InputError(f"{_file(name)}: its check fails: {own.said(error)}") from error


def _file(name: str) -> Path:
    return own.find(name) if own.is_own(name) else _FOLDER / f"{name}.py"


def _module(name: str) -> ModuleType:
    if own.is_own(name):
        return own.load(name)
    try:
        return importlib.import_module(f".{name}", __package__)
    except Exception as error:  # the file may be the user's code, and may raise anything
        raise InputError(f"{_FOLDER / name}.py: cannot be imported: {own.said(error)}") from error
