"""What jobs wrote: each ends its log with the digests of its files, which tell them from what others put there.

The lines have sha256sum's form, with paths below the run's folder. A last line is the digest of those lines, so that a
damaged log is told from a damaged file.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError

_SEAL = "# sha256 of these lines: "
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def sha256(path: str | Path) -> str:
    """Digest of a file's contents: 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines(results: Path, paths: Iterable[str]) -> str:
    """What a job's log ends with; nothing of files that do not lie in the run's folder, or are not there."""
    files = [Path(path) for path in paths]
    inside = [file for file in files if file.is_relative_to(results) and file.is_file()]
    text = "".join(f"{sha256(file)}  {file.relative_to(results).as_posix()}\n" for file in inside)
    return f"{text}{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n" if text else ""


def read(log: Path) -> dict[str, str]:
    """SHA-256 of a job's files, by path below the run's folder; nothing if the log is lost or damaged."""
    try:
        *above, last = log.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    found: list[str] = []
    while above and _LINE.fullmatch(above[-1]):
        found.insert(0, above.pop())
    text = "".join(f"{line}\n" for line in found)
    if last != f"{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}":
        return {}
    return {name: digest for digest, name in (line.split("  ", 1) for line in found)}


def every(results: Path, folder: str = "") -> dict[str, str]:
    """What the jobs said whose logs lie in the run's folder, or in a folder of its logs."""
    found: dict[str, str] = {}
    for log in sorted(Path(results, "logs", folder).rglob("*.log")):
        found |= read(log)
    return found


def refuse_other(results: Path, path: str | Path) -> None:
    """Look whether a table or figure is what its job said, if its log is left. **Raises:** `InputError`."""
    for log in Path(results, "logs").glob("*.log"):
        for name, digest in read(log).items():
            if Path(results, name) == Path(path) and sha256(path) != digest:
                raise InputError(f"{path}: not what its job wrote; mend: rm {path}, then run again")
