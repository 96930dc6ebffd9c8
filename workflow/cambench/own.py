"""The user's own files of methods and metrics: named by their paths, and imported only where they run."""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from . import paths
from .errors import InputError, refuse

_metrics: list[str] = []  # of the run that this process works for, see `use_metrics`


def is_own(name: str) -> bool:
    """Whether a method or a metric is named by a path, as the user's own are.

    >>> is_own("my_methods/mine.py"), is_own("package:my_package/mine.py"), is_own("gradcam")
    (True, True, False)
    """
    return "/" in name or ":" in name or name.endswith(".py")


def find(name: str) -> Path:
    """The file that `my_methods/mine.py`, or `package:NAME/mine.py` of an installed package, names.

    Paths are relative to the working folder. **Raises:** `InputError`, one line, if it is no Python file.
    """
    if not name.endswith(".py"):
        raise InputError(f"{name}: write the path of a Python file, such as my_folder/mine.py")
    if not (found := paths.resolve(name)).is_file():
        raise InputError(f"{name} is no file")
    return found


def found(name: str) -> Path:
    """The same as `find` where the configuration was checked before; a file that is gone since ends the process."""
    try:
        return find(name)
    except InputError as error:
        refuse([str(error)])
        raise


def module(room: str, name: str) -> str | Path:
    """What digests of code take for a method or a metric: a module of this package, `methods.gradcam`, or a file."""
    return found(name) if is_own(name) else f"{room}.{name}"


def load(name: str) -> ModuleType:
    """The module of a file, imported once; it may import what lies in the working folder, too.

    **Raises:** `InputError`, one line, if it cannot be imported.
    """
    file = find(name).resolve()
    key = f"cambench_own_{hashlib.sha256(os.fsencode(file)).hexdigest()[:16]}"
    if key in sys.modules:
        return sys.modules[key]
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # last, so that no file there can hide an installed package
    spec = importlib.util.spec_from_file_location(key, file)
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules[key] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(made)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        del sys.modules[key]
        raise InputError(f"{name}: cannot be imported: {said(error)}") from error
    return made


def said(error: BaseException) -> str:
    """What an error of the user's code says, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def use_metrics(names: Iterable[str]) -> None:
    """Tell this process which metrics its run has; tables look up the columns of the user's own."""
    _metrics[:] = filter(is_own, names)


def metrics() -> tuple[str, ...]:
    """The user's own metrics of the run that this process works for, as the configuration names them."""
    return tuple(_metrics)
