"""What a method's file says of itself, read from its source without importing it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ._settings import Setting, read_setting

_CONSTANTS = {
    "RELU": Setting("RELU", "bool", True),
    "RESOLUTION": Setting("RESOLUTION", "str", "layer", ("layer", "input", "file")),
    "PASSES": Setting("PASSES", "str", ""),
    "HEADS": Setting("HEADS", "str", "", ("channels", "positions")),
}
_COUNTED = ("channels", "positions")
# What a method asks a batch for: attention, and anything else for which the network is run.
_ATTENTION = ("attention", "attention_gradients")
_ASKED = {"activations", "gradients", "gradients_at", "logits", "probability", "scores", "head", "classifier"}
_ASKED |= {*_ATTENTION, "read_out_gradients"}


@dataclass(frozen=True)
class Facts:
    """What a method's file says of it: module constants, and the settings that its function takes.

    - `relu`: whether S takes the ReLU of the raw map. `RELU = False` turns it off.
    - `resolution`: `layer` (maps as large as the target layer's), `input`, or `file` (as those of the file that the
      setting `path` names). `RESOLUTION = "input"`.
    - `passes`: what says how many forward passes a map takes beside that of the image: `channels` or `positions` of the
      target layer, or a setting of the method. `PASSES = "channels"`.
    - `heads`: the same of runs of the head alone, `channels` or `positions`. `HEADS = "positions"`.
    - `settings`: the keyword-only arguments of `cam`, by name.
    - `looks`: whether it asks anything of the network.
    - `attends`: whether it takes attention, of which `networks/<name>.json` says under `queries` which rows it gets.
    - `checked`: those of them that `check` takes, too: they decide whether a network can be explained.
    """

    relu: bool = True
    resolution: str = "layer"
    passes: str = ""
    heads: str = ""
    looks: bool = True
    attends: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict)
    checked: frozenset[str] = frozenset()

    @property
    def costly(self) -> bool:
        """Whether an image takes hundreds of forward passes."""
        return self.passes in _COUNTED


def read(file: Path) -> Facts:
    """The facts in a method's file. **Raises:** `InputError`, one line naming the file, if it is not a method's."""
    try:
        tree = ast.parse(file.read_bytes())
        constants = dict(_constants(tree))
        settings = {setting.name: setting for setting in _settings(tree)}
        checked = _checked(tree, settings)
        _refuse_unknown(constants.get("passes", ""), settings)
        asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & _ASKED
    except SyntaxError as error:
        raise InputError(f"{file}: line {error.lineno}: {error.msg}") from error
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{file}: {getattr(error, 'strerror', error)}") from error
    except (MemoryError, RecursionError) as error:
        raise InputError(f"{file}: nested too deeply for Python") from error
    return Facts(
        **constants, settings=settings, checked=checked, looks=bool(asked), attends=bool(asked & {*_ATTENTION})
    )


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "COSTLY":
                raise ValueError('COSTLY is now PASSES = "channels" or HEADS = "channels"')
            if isinstance(target, ast.Name) and target.id in _CONSTANTS:
                yield target.id.lower(), _constant(_CONSTANTS[target.id], node.value)


def _refuse_unknown(passes: str, settings: Mapping[str, Setting]) -> None:
    """**Raises:** `ValueError` unless the number of passes is one that the network or a setting of the method says."""
    known = [*_COUNTED, *(name for name, setting in settings.items() if setting.kind == "int")]
    if reason := Setting("PASSES", "str", "", ("", *known)).refusal(passes):
        raise ValueError(reason)


def _constant(allowed: Setting, node: ast.expr) -> Any:
    value = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
    reason = allowed.refusal(value)
    if reason:
        raise ValueError(reason)
    return value


def _settings(tree: ast.Module) -> Iterator[Setting]:
    function = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "cam"), None)
    if function is None:
        raise ValueError("has no function cam(batch, *, settings)")
    arguments = function.args
    if len(arguments.posonlyargs + arguments.args) != 1 or arguments.vararg or arguments.kwarg:
        raise ValueError("cam must take one batch and then settings by keyword: cam(batch, *, setting=default)")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield read_setting(argument, default)


def _checked(tree: ast.Module, settings: Mapping[str, Setting]) -> frozenset[str]:
    """Settings that `check` takes; all, where it is not written out here, but imported or assigned."""
    found = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"), None)
    if found is not None:
        arguments = found.args.posonlyargs + found.args.args + found.args.kwonlyargs
        return frozenset(argument.arg for argument in arguments) & settings.keys()
    return frozenset(settings) if any("check" in _bound(node) for node in tree.body) else frozenset()


def _bound(node: ast.stmt) -> list[str]:
    """Names that an import or an assignment binds."""
    match node:
        case ast.ImportFrom(names=names):
            return [name.asname or name.name for name in names]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []
