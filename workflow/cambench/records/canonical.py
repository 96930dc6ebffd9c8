"""One way to write a value as JSON, so that equal values give equal bytes and equal digests."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

_DIGITS = 8  # of numbers: many more than images can tell, fewer than rounding changes


def text(value: Any) -> str:
    """A value as a file holds it: keys sorted, numbers of eight digits, one line per item.

    >>> text({"b": 1 / 3, "a": [1, None]}).splitlines()
    ['{', ' "a": [', '  1,', '  null', ' ],', ' "b": 0.33333333', '}']
    """
    return json.dumps(rounded(value), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def digest(value: Any) -> str:
    """SHA-256 of a value, 64 hexadecimal digits: the same for values that `text` writes alike."""
    plain = json.dumps(rounded(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def rounded(value: Any) -> Any:
    """A value with numbers as they are written; those that are not finite are unknown, None.

    >>> rounded({"a": (0.1 + 0.2, float("nan"), -0.0, 7)})
    {'a': [0.3, None, 0.0, 7]}
    """
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") + 0.0 if math.isfinite(value) else None
    return value
