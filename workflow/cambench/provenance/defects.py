"""What is wrong with a file, and the command that mends it."""

import os
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import one_line

_SKEW = 60  # seconds that a file may be ahead of this machine's clock
_TOGETHER = 500  # files that one command is given: an operating system bounds its arguments


@dataclass(frozen=True)
class Defect:
    """What is wrong with a file, and what has to be done before the next run mends it."""

    path: str
    what: str
    first: str = ""  # rm or touch; nothing if the next run sees it by itself
    rerun: bool = True
    at: str = ""  # path of what that is done to, if it is another

    @property
    def target(self) -> str:
        """What has to be removed or touched, as a shell in any folder understands it."""
        return quoted(os.path.abspath(self.at or self.path))

    @property
    def words(self) -> str:
        """The command for that; a folder may lie where a file should."""
        folder = os.path.isdir(self.at or self.path)
        return {"rm": "rm -rf" if folder else "rm -f", "touch": "touch -c"}.get(self.first, "")


Task = Callable[[], Iterator[Defect]]


def lines(found: list[Defect], again: str) -> list[str]:
    """One line per defect that ends in the command which mends it; of several, a last one with that for all of them.

    **Arguments:** `again` the command of a run.
    """
    shown = [f"{one_line(defect.path)}: {one_line(defect.what)}; mend: {_command([defect], again)}" for defect in found]
    if len(found) > 1:
        shown.append(f"{len(found)} defects; mend all: {_command(found, again)}")
    return shown


def _command(found: list[Defect], again: str) -> str:
    """What mends some defects; two may name one file."""
    steps = []
    for words in ("rm -f", "rm -rf", "touch -c"):
        targets = list(dict.fromkeys(defect.target for defect in found if defect.words == words))
        parts = [targets[first : first + _TOGETHER] for first in range(0, len(targets), _TOGETHER)]
        steps += [" ".join([words, *part]) for part in parts]
    return " && ".join(steps + [again] * any(defect.rerun for defect in found))


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


def unreadable(path: str, error: OSError) -> Defect:
    """Of a file that cannot be read, or of what lies in the place of its folder."""
    if isinstance(error, NotADirectoryError):
        path = next(str(parent) for parent in Path(path).parents if parent.exists())
    return Defect(path, f"unreadable: {error.strerror}", "rm")


def from_the_future(path: str) -> Iterator[Defect]:
    """Whether a file is newer than this machine's clock."""
    if os.stat(path).st_mtime > time.time() + _SKEW:
        yield Defect(path, "dated in the future, so nothing can be made from it", "touch")
