"""CAM methods, found by folder: every `<name>.py` here is one, named by its file. Dropping a file in is all.

What planning needs to know of a method is read from its source, so that nothing imports torch; the function itself
is loaded only where it runs.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

from ..errors import InputError
from ._source import Facts, read

__all__ = ["Facts", "facts", "images_at_once", "load", "names", "refusal"]

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """All methods, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


@functools.cache
def facts(name: str) -> Facts:
    """What the file of a method says of it. **Raises:** `InputError`, one line naming the file, if it is none."""
    return read(_FOLDER / f"{name}.py")


def images_at_once(name: str, batch: int) -> int:
    """Images to explain together: few of a costly method, whose own inputs fill the batches, so that progress shows."""
    return max(1, batch // 8) if facts(name).costly else batch


def load(name: str) -> Callable:
    """The function `cam(batch, *, settings...) -> maps` of a method, described in `_contract.Method`.

    **Raises:** `InputError`, one line naming the file, if it cannot be imported.
    """
    facts(name)
    function: Callable = _module(name).cam
    return function


def refusal(name: str, network: Mapping[str, object], settings: Mapping[str, object] | None = None) -> str | None:
    """Why a method cannot explain a network (as described by `networks.describe`), or None if it can.

    A method's `check(network)` may take some of its settings, too, by keyword; `Facts.checked` names them.
    **Raises:** `InputError`, one line naming the file, if it cannot be imported or its check fails.
    """
    check = getattr(_module(name), "check", None)
    if check is None:
        return None
    wanted = inspect.signature(check).parameters
    try:
        return check(network, **{key: value for key, value in (settings or {}).items() if key in wanted})
    except Exception as error:  # the file may be the user's code, and may raise anything
        raise InputError(f"{_FOLDER / name}.py: its check fails: {_said(error)}") from error


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(f".{name}", __package__)
    except Exception as error:  # the file may be the user's code, and may raise anything
        raise InputError(f"{_FOLDER / name}.py: cannot be imported: {_said(error)}") from error


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
