"""CAM methods, found by folder: every `methods/<name>.py` is one, named by its file.

What the planning process needs to know of a method is read from its source, so that nothing imports torch; the
function itself is loaded only where it runs.
"""

import ast
import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "methods"
_FACTS = ("RELU", "RESOLUTION", "COSTLY")


@dataclass(frozen=True)
class Facts:
    """What a method's file says of it: module constants, and the settings that its function takes.

    - `relu`: whether S takes the ReLU of the raw map. `RELU = False` turns it off.
    - `resolution`: "layer" (maps as large as the target layer's), "input", or "file" (as those of the file that the
      setting `path` names). `RESOLUTION = "input"`.
    - `costly`: whether an image takes hundreds of forward passes, so that jobs get few images. `COSTLY = True`.
    - `settings`: the defaults of the keyword-only arguments of `cam`.
    """

    relu: bool = True
    resolution: str = "layer"
    costly: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


def names() -> list[str]:
    """All methods, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))


@functools.cache
def facts(name: str) -> Facts:
    """What the file of a method says of it, read without importing it."""
    tree = ast.parse((_FOLDER / f"{name}.py").read_text())
    constants: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _FACTS:
            constants[node.targets[0].id.lower()] = ast.literal_eval(node.value)
        if isinstance(node, ast.FunctionDef) and node.name == "cam":
            defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            settings = {arg.arg: ast.literal_eval(value) for arg, value in defaults if value is not None}
    return Facts(**constants, settings=settings)


def images_at_once(name: str, batch: int) -> int:
    """Images to explain together: few of a costly method, whose own inputs fill the batches, so that progress shows."""
    return max(1, batch // 8) if facts(name).costly else batch


def load(name: str) -> Callable:
    """The function `cam(probe, images, classes, **settings) -> maps` of a method."""
    return importlib.import_module(f".methods.{name}", __package__).cam


def refusal(name: str, network: dict) -> str | None:
    """Why a method cannot explain a network (as described by `networks.describe`), or None if it can."""
    check = getattr(importlib.import_module(f".methods.{name}", __package__), "check", None)
    return check(network) if check else None
