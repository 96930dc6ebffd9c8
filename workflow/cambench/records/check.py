"""Check a folder of records that anyone may add to: `python -m cambench.records.check leaderboard`.

Each record has to be what `cambench export` wrote, under its own name, once, and of metrics and methods that this
cambench has in the same versions, so that anybody can make it again. Values that changed since a commit are flagged.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import methods, metrics, own
from ..errors import InputError, one_line, refuse
from . import identity, read

_MOVED = 0.001  # of a mean, a fraction: other processors round in another way


def problems(folder: Path) -> Iterator[str]:
    """One line for each thing that is wrong with the records in `folder/records`."""
    paths = sorted((folder / "records").iterdir()) if (folder / "records").is_dir() else []
    if not paths:
        yield f"{folder / 'records'}: holds no records"
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            found = read.record(path)
        except InputError as error:
            yield str(error)
            continue
        yield from (f"{path}: {line}" for line in _of_record(path, found))
        other = seen.setdefault(identity.of(found), path)
        if other != path:
            yield f"{path}: the same number as {other.name}; keep one"


def changes(folder: Path, commit: str) -> Iterator[str]:
    """One line for each mean that is not what it was in a commit, though what decides it is the same.

    **Raises:** `InputError` if git cannot tell.
    """
    for path in sorted((folder / "records").glob("*.json")):
        before = _committed(path, commit)
        if before is None:
            continue
        now = read.raw(path)
        for name, value in now["values"].items():
            old = before["values"].get(name, {}).get("mean")
            if old is not None and (value["mean"] is None or abs(value["mean"] - old) > _MOVED):
                to = "unknown" if value["mean"] is None else f"{100 * value['mean']:.2f}"
                yield f"{path}: {name} was {100 * old:.2f} in {commit}, and is {to}, of the same inputs and versions"


def main(given: list[str] | None = None) -> None:
    """Print one line per problem, and exit with 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m cambench.records.check", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the leaderboard")
    parser.add_argument("--since", metavar="COMMIT", help="flag values that changed since a commit of git")
    parser.add_argument("--changed", action="store_true", help="changed values are meant: name them, and go on")
    arguments = parser.parse_args(given)
    lines = [one_line(line) for line in problems(arguments.folder)]
    refuse(lines)
    found = [one_line(line) for line in changes(arguments.folder, arguments.since)] if arguments.since else []
    if arguments.changed:
        print(*found, sep="\n")
    else:
        refuse(found)
    print(f"{len(list((arguments.folder / 'records').iterdir()))} records are good.")


def _of_record(path: Path, record: dict[str, Any]) -> Iterator[str]:
    if path.name != identity.file_name(record):
        yield f"must be named {identity.file_name(record)}"
    for method in filter(None, (record["method"], record["method"].get("of"))):
        yield from _of_method(method)
    for name, version in record["definitions"]["metrics"].items():
        yield from _of_metric("adcc" if name == "adcc_per_image" else name, version)


def _of_method(method: dict[str, Any]) -> Iterator[str]:
    cam = method["cam"]
    if cam == "file":
        yield "its maps come from a file, so nobody can make them again"
    elif own.is_own(cam) or cam not in methods.names():
        yield f"there is no method {cam} in this cambench; add its file to workflow/cambench/methods"
    elif methods.facts(cam).version != method["version"]:
        yield f"method {cam} is of version {method['version']}, and now of {methods.facts(cam).version}; run it again"


def _of_metric(name: str, version: int) -> Iterator[str]:
    if name not in metrics.names():
        yield f"there is no metric {name} in this cambench; leave it out, or add its file to workflow/cambench/metrics"
    elif metrics.facts(name).column.version != version:
        yield f"metric {name} is of version {version}, and now of {metrics.facts(name).column.version}; run it again"


def _committed(path: Path, commit: str) -> dict[str, Any] | None:
    """The record of a name in a commit; None if it was none. **Raises:** `InputError` if git cannot tell."""
    asked = ["git", "-C", str(path.parent), "cat-file", "-e", f"{commit}^{{commit}}"]
    try:
        known = subprocess.run(asked, capture_output=True, text=True)
        shown = subprocess.run(
            ["git", "-C", str(path.parent), "show", f"{commit}:./{path.name}"], capture_output=True, text=True
        )
    except OSError as error:
        raise InputError(f"git: {error.strerror}") from error
    if known.returncode:
        raise InputError(f"git knows no commit {commit} in {path.parent}")
    try:
        found: dict[str, Any] = json.loads(shown.stdout or "null")
    except ValueError:
        return None
    return None if any(read.problems(found)) else found


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        refuse([str(error)])
