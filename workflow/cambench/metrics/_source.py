"""What a metric's file says of itself, read from its source without importing it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ._contract import Column


@dataclass(frozen=True)
class Facts:
    """What a metric's file says of it.

    - `column`: its `COLUMN`; that of a user's own file also names the file.
    - `needs`: its `NEEDS`: `stage.variable` that a run must have made, `metrics.NAME` of other metrics, `saliency.mask`
      (U for every pixel), `objects.mask` (where objects are), `curves.whole` (curves with a point at every step) and
      `curves.mirrored` (deletion from the image to another input, and insertion from that one back to it).
    """

    column: Column
    needs: tuple[str, ...] = ()


def read(file: Path, own: str = "") -> Facts:
    """The facts in a metric's file; `own` is how the configuration names it, if it is the user's.

    **Raises:** `InputError`, one line naming the file, if it is not a metric's.
    """
    try:
        tree = ast.parse(file.read_bytes())
        found = dict(_constants(tree))
        _check_measure(tree)
        return Facts(replace(_column(found.get("COLUMN")), file=own), _needs(found.get("NEEDS")))
    except SyntaxError as error:
        raise InputError(f"{own or file}: line {error.lineno}: {error.msg}") from error
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{own or file}: {getattr(error, 'strerror', None) or error}") from error
    except (MemoryError, RecursionError) as error:
        raise InputError(f"{own or file}: nested too deeply for Python") from error


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _check_measure(tree: ast.Module) -> None:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "measure"]
    if not found or len(found[-1].args.posonlyargs + found[-1].args.args) != 1:
        raise ValueError("has no function measure(seen)")


def _column(node: ast.expr | None) -> Column:
    if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) != "Column":
        raise ValueError("has no COLUMN = Column(...)")
    values: list[Any] = [_literal(value) for value in node.args]
    return Column(*values, **{str(keyword.arg): _literal(keyword.value) for keyword in node.keywords})


def _needs(node: ast.expr | None) -> tuple[str, ...]:
    found = () if node is None else _literal(node)
    if not isinstance(found, tuple | list) or not all(isinstance(name, str) for name in found):
        raise ValueError("NEEDS must be a tuple of text")
    return tuple(found)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(f"{ast.unparse(node)!r} must be written out, because nothing is run to read it") from error
