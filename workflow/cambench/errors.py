"""What users are meant to read: one line per error."""

import difflib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

_LONGEST = 100  # characters that a line quotes


class InputError(Exception):
    """Something the user gave (config, file, network, image) cannot be used.

    Its message is one line that names the thing at fault; workflow jobs print it without a traceback.
    """


def refuse(errors: Iterable[str]) -> None:
    """Print one line per error, and exit with 1 if there is any."""
    lines = [one_line(error) for error in errors]
    if lines:
        print(*lines, sep="\n", file=sys.stderr)
        sys.exit(1)


def one_line(text: str) -> str:
    r"""A text as one line that a terminal can print: what is not printable is escaped as in Python's literals.

    Names of files and text from YAML may hold line breaks, or commands to the terminal.

    >>> print(one_line("a\nb \x1b[1mé"))
    a\nb \x1b[1mé
    """
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text)


def shown(value: Any) -> str:
    """A value as Python writes it, shortened if it is long."""
    try:
        return shortened(repr(value))
    except (RecursionError, ValueError):  # nested deeply, or a number of more than 4,300 digits
        return f"({type(value).__name__})"


def shortened(text: str) -> str:
    """A text of at most 103 characters: the middle of a longer one is left out.

    >>> len(shortened("x" * 500))
    103
    """
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}...{text[-half:]}"


def suggestion(word: str, known: Sequence[str]) -> str:
    """`; did you mean 'x'?` for the known word that is nearest, or nothing if none is near.

    >>> suggestion("gradcm", ["gradcam", "random"])
    "; did you mean 'gradcam'?"
    """
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
