"""Digest of a user's code: a module and what it imports beside it, found without running any of it."""

import ast
import functools
import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()
_PACKAGE = Path(__file__).resolve().parents[1]  # whose code has digests of its own


def source_digest(module: str) -> str | None:
    """Digest of a module's file and of all that it imports, directly or not, but for installed packages.

    Imports inside functions count; those whose names are put together at run time are not seen. **Returns:** 16
    hexadecimal digits; None if the module has no source file.
    """
    first = _file(module)
    return None if first is None else _digest([(module, first)])


def beside(file: Path) -> str:
    """Digest of all that a user's file imports, directly or not, but for installed packages: 16 hexadecimal digits."""
    return _digest(_followed(file, ""))


def _digest(todo: list[tuple[str, Path]]) -> str:
    """Digest of modules and of all that they import."""
    found = dict[str, bytes]()
    while todo:
        name, file = todo.pop()
        if name not in found:
            found[name] = file.read_bytes()
            todo += _followed(file, name)
    text = b"".join(name.encode() + b"\0" + found[name] + b"\0" for name in sorted(found))
    return hashlib.sha256(text).hexdigest()[:16]


def _followed(file: Path, name: str) -> list[tuple[str, Path]]:
    """The user's own modules that a file imports, by name; none of an installed file."""
    imported = [] if is_installed(file) else _imported(file, name, file.stat().st_mtime_ns)
    return [(other, path) for other in imported if (path := _file(other)) and not is_installed(path)]


def is_installed(file: str | Path) -> bool:
    """Whether a file belongs to Python, an installed package or this one."""
    path = Path(file).resolve()
    return bool({_STANDARD, _PACKAGE} & set(path.parents) or {"site-packages", "dist-packages"} & set(path.parts))


def _file(module: str) -> Path | None:
    """The source file of a module or package, on Python's path or in the working folder."""
    top, *inner = module.split(".")
    spec = PathFinder.find_spec(top, [*sys.path, os.getcwd()])
    if spec is None:
        return None
    if spec.origin is None:  # a package without __init__.py
        folders = list(spec.submodule_search_locations or ())
        stem = Path(folders[0]).joinpath(*inner) if folders and inner else None
    else:
        stem = Path(spec.origin).parent.joinpath(*inner) if inner else Path(spec.origin).with_suffix("")
    if stem is None:
        return None
    own = [Path(spec.origin)] if spec.origin and not inner else []
    tried = [*own, stem.parent / f"{stem.name}.py", stem / "__init__.py"]
    return next((path for path in tried if path.suffix == ".py" and path.is_file()), None)


@functools.cache
def _imported(file: Path, module: str, changed: int) -> list[str]:
    """Names of the modules that a file may import, with the packages that hold them."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # it cannot be imported either, which is said elsewhere
        return []
    parts = module.split(".")
    package = parts if file.name == "__init__.py" else parts[:-1]
    names = {name for node in ast.walk(tree) for name in _names(node, package)}
    names.add(module)
    return sorted({".".join(name.split(".")[:end]) for name in names if name for end in range(1, name.count(".") + 2)})


def _names(node: ast.AST, package: list[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        name = ".".join([*base, *([node.module] if node.module else [])])
        yield name
        yield from (f"{name}.{alias.name}".lstrip(".") for alias in node.names)
