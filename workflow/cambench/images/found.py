"""A file of a data set, as the manifest lists it: its name is UTF-8 in every locale, its label a whole number."""

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError

_MOST = 2**63 - 1  # what int64 holds
_UNPRINTABLE = ("Cc", "Zl", "Zp")  # Unicode's control characters, line and paragraph separators


@dataclass(frozen=True)
class Found:
    """One file of a data set: path relative to the root, label, why it is rejected unread (or "").

    `label` is -1 if none is known, and if there are several: then `several` has all of them, in order.
    """

    path: str
    label: int = -1
    reason: str = ""
    several: tuple[int, ...] = ()

    @property
    def labels(self) -> list[int]:
        """Every label of the file."""
        return list(self.several) or [self.label] * (self.label >= 0)


def named(path: str) -> Found:
    """A file by its name from the file system.

    A name that is no UTF-8, or that has control characters such as line breaks, is escaped and rejected: it cannot
    stand in tables and lines of text.
    """
    data = os.fsencode(path)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Found(_escaped(data.decode(errors="backslashreplace")), reason="file name is not UTF-8")
    shown = _escaped(text)
    return Found(shown, reason="" if shown == text else "file name has control characters")


def located(root: Path, path: str) -> Path:
    """Where a listed file lies, as this locale spells it."""
    return root / os.fsdecode(path.encode())


def whole_number(text: str, path: str) -> int:
    """A label, read from text. **Raises:** `InputError` for anything but a whole number from 0 that fits into int64."""
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise InputError(f"dataset: label of {path} must be a whole number, not {text!r}")
    digits = text.lstrip("+-0") or "0"
    if (text.startswith("-") and digits != "0") or len(digits) > len(str(_MOST)) or int(digits) > _MOST:
        raise InputError(f"dataset: label of {path} must be at least 0 and under 2^63, not {text}")
    return int(digits)


def _escaped(text: str) -> str:
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter) in _UNPRINTABLE else letter
        for letter in text
    )
