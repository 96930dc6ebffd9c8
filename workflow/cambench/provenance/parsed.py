"""What source files say without comments, docstrings and layout, and which modules they import.

Parsing all of this package takes half the time of a start, so what was found is remembered from one start to the next.
"""

import ast
import functools
import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import InputError
from ..store.files import write_atomically

Parsed = tuple[str, list[str]]  # code, and names of modules that may be imported


class Sources:
    """Files as they were parsed, by their contents; `file`, which may be lost or damaged, remembers them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._used: dict[str, Parsed] = {}

    def parsed(self, path: Path, package: tuple[str, ...]) -> Parsed:
        """A file's code, and the names that it imports from within `package`."""
        source = path.read_bytes()
        key = hashlib.sha256("\0".join([_parser(), *package, ""]).encode() + source).hexdigest()
        if key not in self._used:
            self._used[key] = self._known.get(key) or parse(source.decode(), package)
        return self._used[key]

    def keep(self) -> None:
        """Remember what was parsed."""
        if not self._used.keys() <= self._known.keys():
            with suppress(InputError):  # on a full or read-only disk
                write_atomically(self._file, zlib.compress(json.dumps(self._used).encode(), 1))

    @functools.cached_property
    def _known(self) -> dict[str, Parsed]:
        try:
            found: dict[str, Parsed] = json.loads(zlib.decompress(self._file.read_bytes()))
        except (OSError, ValueError, zlib.error):
            return {}
        return found


def parse(source: str, package: tuple[str, ...]) -> Parsed:
    """The code of a module in `package`, and the names that it imports.

    >>> parse("'''About.'''\\nfrom . import b  # why", ("a",))
    ('from . import b', ['a', 'a.b'])
    """
    tree = ast.parse(source)
    imported: set[str] = set()
    for node in _statements(tree):
        imported |= _imports(node, package)
        _drop_docstring(node)
    return ast.unparse(tree), sorted(imported)


@functools.cache
def _parser() -> str:
    """What decides how code is written: Python's version, and this file."""
    return f"{sys.version}\0{Path(__file__).read_text(encoding='utf-8')}"


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """A module or statement and all those in it; expressions, which are most of a tree, hold none."""
    _drop_types(node)
    yield node
    for block in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(node, block, ()):
            yield from _statements(inner)


def _imports(node: ast.AST, package: tuple[str, ...]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    base = list(package[: len(package) - node.level + 1]) if node.level else []
    name = ".".join(base + (node.module.split(".") if node.module else []))
    return {name} | {f"{name}.{alias.name}" for alias in node.names}


def _drop_types(node: ast.AST) -> None:
    """Drop what is imported for type checkers alone, and never runs."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        node.body = [ast.Pass()]


def _drop_docstring(node: ast.AST) -> None:
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or not isinstance(body[0], ast.Expr):
        return
    if isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
        body[:1] = [] if len(body) > 1 else [ast.Pass()]
