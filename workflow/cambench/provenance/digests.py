"""Digests of what a result rests on: the code that a job runs, settings, files."""

import functools
import hashlib
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..store import written
from ..store.files import write_atomically
from .parsed import Sources
from .sources import beside

_PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = _PACKAGE.parent
# Rooms whose files are found by folder, all of them by whoever imports the room.
_FOUND_BY_FOLDER = frozenset({"cambench.metrics"})
_SOURCES = Sources(Path(".snakemake", "cambench", "sources"))


def code_digest(adapter: Path | None, *modules: str | Path) -> str:
    """Digest of the code that a job runs: its adapter, and all of this package that it imports, directly or not.

    Comments, docstrings and layout do not count.

    **Arguments:** `adapter` its file, or None; `modules` what is found by name at run time, such as `methods.gradcam`,
    or a user's own file, with what it imports. **Returns:** 16 hexadecimal digits. **Raises:** `ModuleNotFoundError`
    for a module that is not there.
    """
    sources = _of_job(adapter, *modules)
    text = "".join(f"{name}\0{sources[name]}\0" for name in sorted(sources))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def remember() -> None:
    """Keep what was parsed for the next start in the same working folder."""
    _SOURCES.keep()


def imports(adapter: Path | None, *modules: str | Path) -> set[str]:
    """Names of the modules of this package that `code_digest` covers."""
    return {name for name in _of_job(adapter, *modules) if not name.endswith(".py")}


def of(settings: Any) -> str:
    """Digest of plain values, such as settings: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def file_digest(path: Path, cache: Path) -> str:
    """SHA-256 of a large file; remembered in the folder `cache` by its path, size and time of change."""
    status = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:16]
    known = cache / f"{key}.sha256"
    digest = known.read_text(encoding="utf-8", errors="replace") if known.exists() else ""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        digest = written.sha256(path)
        with suppress(InputError):  # a cache is a convenience, on a full or read-only disk too
            write_atomically(known, digest)
    return digest


def tree_digest(path: Path, cache: Path) -> str:
    """Digest of a file's contents, or of the names, sizes and times of change of all that a folder holds."""
    if path.is_file():
        return file_digest(path, cache)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = [f"{file.relative_to(path)} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _of_job(adapter: Path | None, *modules: str | Path) -> dict[str, str]:
    sources, todo = dict[str, str](), [f"{_PACKAGE.name}.{module}" for module in modules if isinstance(module, str)]
    for module in todo:
        if _file(module) is None:
            raise ModuleNotFoundError(f"code digest: no module {module.partition('.')[2]} in {_PACKAGE}")
    if adapter:
        sources[adapter.name], imported = _parse(adapter, ())
        todo += imported
    for number, file in enumerate(module for module in modules if isinstance(module, Path)):
        sources[f"own {number}.py"], imported = _parse(file.resolve(), ())
        sources[f"own {number}, beside it.py"] = beside(file)
        todo += imported
    return sources | _closure(todo)


def _file(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _closure(todo: list[str]) -> dict[str, str]:
    """Source by name of modules and all that they import."""
    sources = dict[str, str]()
    while todo:
        name = todo.pop()
        if name not in sources and (module := _module(name)):
            sources[name], imported = module
            todo += imported
    return sources


@functools.cache
def _module(name: str) -> tuple[str, list[str]] | None:
    """Source of a module and the names that run with it; None for a name that is imported from a module."""
    file = _file(name)
    if file is None:
        return None
    package = tuple(name.split(".")) if file.name == "__init__.py" else tuple(name.split(".")[:-1])
    source, imported = _parse(file, package)
    parents = [name.rpartition(".")[0]] if "." in name else []  # a parent's __init__ runs too
    found = [f"{name}.{path.stem}" for path in file.parent.glob("[!_]*.py")] if name in _FOUND_BY_FOLDER else []
    return source, [*imported, *parents, *found]


@functools.cache
def _parse(path: Path, package: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """A file's code without docstrings and comments, and the modules of this package it imports.

    With its templates and references, and the scripts and styles of a package that holds some.
    """
    code, imported = _SOURCES.parsed(path, package)
    beside = [file for file in _kept_with_code(path.parent) if file.name.split(".")[0] == path.stem]
    if path.name == "__init__.py":
        beside += [file for file in _kept_with_code(path.parent) if file.suffix in (".js", ".css")]
    text = "".join([code, *(template.read_text(encoding="utf-8") for template in beside)])
    return text, frozenset(name for name in imported if name.split(".")[0] == _PACKAGE.name)


@functools.cache
def _kept_with_code(folder: Path) -> list[Path]:
    """Templates, references, scripts and styles of a folder, in order."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".jinja", ".bib", ".js", ".css"))
