"""What is wrong with a file, and the command that mends it."""

import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SKEW = 60  # seconds that a file may be ahead of this machine's clock


@dataclass(frozen=True)
class Defect:
    """What is wrong with a file, and what has to be done before the next run mends it."""

    path: str
    what: str
    first: str = ""  # rm or touch; nothing if the next run sees it by itself
    rerun: bool = True

    def line(self, again: str) -> str:
        """One line that ends in the command."""
        steps = [f"{self.first} {shlex.quote(self.path)}"] * bool(self.first) + [again] * self.rerun
        return f"{self.path}: {self.what}; mend: {' && '.join(steps)}"


Task = Callable[[], Iterator[Defect]]


def from_the_future(path: str) -> Iterator[Defect]:
    """Whether a file is newer than this machine's clock."""
    if Path(path).stat().st_mtime > time.time() + _SKEW:
        yield Defect(path, "dated in the future, so nothing can be made from it", "touch")
