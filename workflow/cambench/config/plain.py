"""Refuse what YAML can say and JSON cannot, so that every process and every job reads the same configuration."""

import datetime
import itertools
import math
from collections.abc import Iterator
from typing import Any

from ..errors import shortened, shown

DEEPEST = 30  # levels of a configuration
_MOST = 100_000  # values; a few lines of YAML can stand for any number, by anchors
_WORDS = "in YAML, no, off, on and yes are false and true"


def problems(config: Any) -> Iterator[str]:
    """One line for each key that is not text, and each value that is not plain.

    Plain are text, finite numbers of 64 bits, true, false, null, and lists and mappings of such values.
    """
    for number, (place, line) in enumerate(_walk(config, "", 0)):
        if number >= _MOST:
            yield f"config: more than {_MOST:,} values"
            return
        if line:
            yield f"config: {place}{': ' * bool(place)}{line}"


def _walk(value: Any, place: str, depth: int) -> Iterator[tuple[str, str | None]]:
    """Place of each value, and what is wrong with it."""
    if not isinstance(value, dict | list):
        yield place, _wrong(value)
    elif depth >= DEEPEST:
        yield place, f"nested more than {DEEPEST} deep"
    else:
        keys = value if isinstance(value, dict) else ()
        yield from ((place, line) for key in keys if (line := _wrong_key(key)))
        items = value.items() if isinstance(value, dict) else zip(itertools.count(), value, strict=False)
        for key, item in items:
            name = shortened(key) if isinstance(key, str) else shown(key)
            yield from _walk(item, f"{place}.{name}" if place else name, depth + 1)


def _wrong_key(key: Any) -> str | None:
    if isinstance(key, str):
        line = _wrong_text(key)
        return line and f"key {line}"
    said = f"key {shown(key)} is not text; put it in quotes"
    return f"{said} ({_WORDS})" if isinstance(key, bool) else said


def _wrong(value: Any) -> str | None:
    """Why a value is not plain, or None if it is."""
    match value:
        case None | bool():
            return None
        case int():
            return None if -(2**63) <= value < 2**63 else "a whole number of more than 64 bits"
        case float():
            return None if math.isfinite(value) else f"{value} is not a finite number"
        case str():
            return _wrong_text(value)
        case datetime.date():
            return f"{value} is a date; put it in quotes, for text"
    return f"a value of type {type(value).__name__}, which is neither text nor a number, a list or a mapping"


def _wrong_text(text: str) -> str | None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"{shown(text)} has half a character (a surrogate)"
    return f"{shown(text)} has a zero byte" if "\0" in text else None
