"""What a method's file says of itself, read from its source without importing it."""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ._fusion import SETTINGS as FUSION
from ._settings import Range, Setting, read_setting
from ._smoothing import SETTINGS as SMOOTHING

_CONSTANTS = {
    "RELU": Setting("RELU", "bool", True),
    "RESOLUTION": Setting("RESOLUTION", "str", "layer", ("layer", "input", "file")),
    "PASSES": Setting("PASSES", "str", ""),
    "HEADS": Setting("HEADS", "str", "", ("channels", "positions")),
    "WORK": Setting("WORK", "float", 1.0, range=Range(above=0)),
    "CONTROL": Setting("CONTROL", "bool", False),
    "OF": Setting("OF", "str", ""),
    "VERSION": Setting("VERSION", "int", 1, range=Range(1)),
}
_COUNTED = ("channels", "levels", "positions")
_HUNDREDS = 100
# What a method asks a batch for: attention, and anything else for which the network is run.
_ATTENTION = ("attention", "attention_gradients")
_ASKED = {"activations", "gradients", "gradients_at", "logits", "probability", "scores", "head", "classifier"}
# What the target layer's activations do not answer, and which of it crosses the whole network backwards.
_BACKWARD = {"input_gradients", "bias_gradients"}
_WHOLE = {*_ATTENTION, *_BACKWARD, "read_out_gradients", "levels"}
_ASKED |= {*_WHOLE, "weighted_gradients", "curvature"}
_OF_LAYER = {"activations", "gradients", "weighted_gradients", "head", "curvature"}
_AT_LAYER = {*_OF_LAYER, "gradients_at", "classifier"}  # also of changed images


@dataclass(frozen=True)
class Facts:
    """What a method's file says of it: module constants, and the settings that its function takes.

    - `relu`: whether S takes the ReLU of the raw map. `RELU = False` turns it off.
    - `resolution`: `layer` (maps as large as the target layer's), `input`, or `file` (as those of the file that the
      setting `path` names). `RESOLUTION = "input"`.
    - `passes`: what says how many forward passes a map takes beside that of the image: `channels` or `positions` of the
      target layer, `levels` (channels of the last layer of each resolution), a setting of the method, a number, or a
      product of them. `PASSES = "channels * samples"`.
    - `heads`: the same of runs of the head alone, `channels` or `positions`. `HEADS = "positions"`.
    - `work`: how long such a pass takes beside one of the image. `WORK = 7.6`, of images that are enlarged.
    - `control`: whether its maps explain nothing, so that others have to beat them. `CONTROL = True`.
    - `of`: the setting that names another method, whose maps this one changes. `OF = "cam"`.
    - `version`: raised whenever the maps change that the same inputs give. `VERSION = 2`.
    - `about`: the file's docstring: name, formula, paper.
    - `settings`: the keyword-only arguments of `cam`, by name.
    - `looks`: whether it asks anything of the network.
    - `attends`: whether it takes attention, of which `networks/<name>.json` says under `queries` which rows it gets.
    - `at_layer`: whether it asks anything of the target layer, so that another layer has another map.
    - `repeats`: whether it makes its own passes of the image, because it asks nothing of the target layer.
    - `backward`: whether its passes also cross the whole network backwards, which takes as long again.
    - `checked`: those of them that `check` takes, too: they decide whether a network can be explained.
    """

    relu: bool = True
    resolution: str = "layer"
    passes: str = ""
    heads: str = ""
    work: float = 1.0
    control: bool = False
    of: str = ""
    version: int = 1
    about: str = ""
    looks: bool = True
    attends: bool = False
    at_layer: bool = False
    repeats: bool = False
    backward: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict)
    checked: frozenset[str] = frozenset()

    @property
    def allowed(self) -> dict[str, Setting]:
        """Settings that the config may give: its own, and those of any method that looks at the network, or a layer."""
        common = {**(SMOOTHING if self.looks else {}), **(FUSION if self.at_layer else {})}
        return {**self.settings, **common, **self.settings}

    @property
    def is_precomputed(self) -> bool:
        """Whether its maps were computed elsewhere and come from a file."""
        return self.resolution == "file"

    @property
    def costly(self) -> bool:
        """Whether an image takes hundreds of forward passes."""
        least = math.prod(self.settings[name].default for name in factors(self.passes) if name in self.settings)
        return least >= _HUNDREDS or any(name in _COUNTED for name in factors(self.passes))


def factors(passes: str) -> list[str]:
    """What a number of passes is the product of.

    >>> factors("channels * samples"), factors("")
    (['channels', 'samples'], [])
    """
    return [factor.strip() for factor in passes.split("*")] if passes else []


def read(file: Path) -> Facts:
    """The facts in a method's file. **Raises:** `InputError`, one line naming the file, if it is not a method's."""
    try:
        tree = ast.parse(file.read_bytes())
        constants = dict(_constants(tree))
        settings = {setting.name: setting for setting in _settings(tree)}
        checked = _checked(tree, settings)
        _refuse_unknown(constants.get("passes", ""), constants.get("of", ""), settings)
        about = ast.get_docstring(tree) or ""
        asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & _ASKED
    except SyntaxError as error:
        raise InputError(f"{file}: line {error.lineno}: {error.msg}") from error
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{file}: {getattr(error, 'strerror', error)}") from error
    except (MemoryError, RecursionError) as error:
        raise InputError(f"{file}: nested too deeply for Python") from error
    return Facts(**constants, **_of(asked), about=about, settings=settings, checked=checked)


def _of(asked: set[str]) -> dict[str, Any]:
    """What the questions that a method asks say of it."""
    return {
        "looks": bool(asked),
        "attends": bool(asked & {*_ATTENTION}),
        "at_layer": bool(asked & _AT_LAYER),
        "repeats": bool(asked & _WHOLE) and not asked & _OF_LAYER,
        "backward": bool(asked & _BACKWARD),
    }


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


def _refuse_unknown(passes: str, of: str, settings: Mapping[str, Setting]) -> None:
    """**Raises:** `ValueError` unless passes and another method are what the network or a setting says."""
    known = [*_COUNTED, *(name for name, setting in settings.items() if setting.kind == "int")]
    for factor in factors(passes):
        if not factor.isdigit() and (reason := Setting("PASSES", "str", "", tuple(known)).refusal(factor)):
            raise ValueError(reason)
    texts = [name for name, setting in settings.items() if setting.kind == "str" and not setting.choices]
    if reason := Setting("OF", "str", "", ("", *texts)).refusal(of):
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
