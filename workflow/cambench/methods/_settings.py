"""Settings of methods: what a method's file says that they may be, and why a value is refused.

Standard library only, so that planning can read settings without importing torch.
"""

import ast
import math
from dataclasses import dataclass
from typing import Any

from ..errors import shown, suggestion

_KINDS = {"str": "text", "int": "a whole number", "float": "a finite number", "bool": "true or false"}


@dataclass(frozen=True)
class Range:
    """Bounds of a number, as in `Annotated[int, Range(1)]`: `least` and `most` are allowed, `above` itself is not."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def violated(self, value: float) -> str | None:
        """The bound that a value violates, in words."""
        if self.least is not None and value < self.least:
            return f"at least {self.least}"
        if self.above is not None and value <= self.above:
            return f"above {self.above}"
        if self.most is not None and value > self.most:
            return f"at most {self.most}"
        return None


@dataclass(frozen=True)
class Setting:
    """One setting: its name, kind (`str`, `int`, `float` or `bool`), default, and the values that it may have."""

    name: str
    kind: str
    default: Any
    choices: tuple[str, ...] = ()
    range: Range = Range()

    def refusal(self, value: Any) -> str | None:
        """Why a value is refused, in one line; None if it is accepted. Whole numbers are accepted for `float`."""
        if self.choices:
            allowed = None if value in self.choices else f"one of {', '.join(map(repr, self.choices))}"
        elif not _is(self.kind, value):
            allowed = _KINDS[self.kind]
        else:
            allowed = self.range.violated(value)
        if allowed is None:
            return None
        hint = suggestion(value, self.choices) if isinstance(value, str) else ""
        return f"{self.name} must be {allowed}, not {shown(value)}{hint}"


def read_setting(argument: ast.arg, default: ast.expr | None) -> Setting:
    """The setting that a keyword-only argument `name: annotation = default` declares.

    The annotation is `str`, `int`, `float`, `bool`, `Literal["a", "b"]` or `Annotated[int, Range(1)]`; without one, the
    default tells the kind. **Raises:** `ValueError`, one line, for anything else or a default that is refused.
    """
    try:
        value = ast.literal_eval(default) if default else None
        setting = _declared(argument.arg, argument.annotation, value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"setting {argument.arg!r} has an annotation or a default that cannot be read") from error
    reason = setting.refusal(value)
    if reason:
        raise ValueError(f"default of {reason}")
    return setting


def _declared(name: str, annotation: ast.expr | None, default: Any) -> Setting:
    match annotation:
        case None:
            return _of_kind(name, type(default).__name__, default)
        case ast.Name(id=kind):
            return _of_kind(name, kind, default)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=listed):
            return Setting(name, "str", default, _choices(ast.literal_eval(listed)))
        case ast.Subscript(
            value=ast.Name(id="Annotated"),
            slice=ast.Tuple(elts=[ast.Name(id=kind), ast.Call(func=ast.Name(id="Range")) as call]),
        ):
            bounds = [ast.literal_eval(bound) for bound in call.args]
            named = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call.keywords}
            return _of_kind(name, kind, default, Range(*bounds, **named))
    raise ValueError(ast.unparse(annotation))


def _choices(listed: Any) -> tuple[str, ...]:
    choices = listed if isinstance(listed, tuple) else (listed,)
    if not all(isinstance(choice, str) for choice in choices):
        raise ValueError("choices must be text")
    return choices


def _of_kind(name: str, kind: str, default: Any, bounds: Range | None = None) -> Setting:
    if kind not in _KINDS:
        raise ValueError(kind)
    return Setting(name, kind, default, range=bounds or Range())


def _is(kind: str, value: Any) -> bool:
    if kind == "float":
        return type(value) is int or (type(value) is float and math.isfinite(value))
    return type(value).__name__ == kind
