"""What is wrong with a file, and the command that mends it."""

import os
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import one_line

_SKEW = 60  # seconds that a file may be ahead of this machine's clock


@dataclass(frozen=True)
class Defect:
    """What is wrong with a file, and what has to be done before the next run mends it."""

    path: str
    what: str
    first: str = ""  # rm, rm -r or touch; nothing if the next run sees it by itself
    rerun: bool = True

    @property
    def step(self) -> list[str]:
        """What has to be done first, as a shell in any folder understands it; two defects may name one file."""
        words = {"rm": "rm -f", "rm -r": "rm -rf"}.get(self.first, self.first)
        return [f"{words} {quoted(os.path.abspath(self.path))}"] * bool(words)


Task = Callable[[], Iterator[Defect]]


def lines(found: list[Defect], again: str) -> list[str]:
    """One line per defect that ends in the command which mends it; of several, a last one with that for all of them.

    **Arguments:** `again` the command of a run.
    """
    shown = [
        f"{one_line(defect.path)}: {one_line(defect.what)}; mend: {' && '.join(defect.step + [again] * defect.rerun)}"
        for defect in found
    ]
    if len(found) > 1:
        steps = list(dict.fromkeys(step for defect in found for step in defect.step))
        rerun = [again] * any(defect.rerun for defect in found)
        shown.append(f"{len(found)} defects; mend all: {' && '.join(steps + rerun)}")
    return shown


def quoted(path: str) -> str:
    r"""A path for a shell; one that a terminal can't show is written in escapes, as bash and zsh read them.

    >>> print(quoted("a b"), quoted("a\nb"))
    'a b' $'a\x0ab'
    """
    if path.isprintable():
        return shlex.quote(path)
    signs = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}" for byte in os.fsencode(path)
    )
    return f"$'{signs}'"


def from_the_future(path: str) -> Iterator[Defect]:
    """Whether a file is newer than this machine's clock."""
    if os.stat(path).st_mtime > time.time() + _SKEW:
        yield Defect(path, "dated in the future, so nothing can be made from it", "touch")
