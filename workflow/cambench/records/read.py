"""Read records from files and folders, and those of a run from its folder."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ..errors import InputError, one_line, shortened
from ..provenance.evidence import RECORD
from ..runs.run import Run, open_run
from . import identity, make

_MOST = 1 << 20  # bytes of a record
Record = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What one person brings: records by the names of network and method, and the run that they are of, if at hand."""

    name: str
    records: Mapping[tuple[str, str], Record]
    run: Run | None = None


def source(path: str | Path) -> Source:
    """The records in a file, in a folder, or of a finished run. **Raises:** `InputError` for anything else."""
    where = Path(path)
    if (where / RECORD).exists():
        run = open_run(where)
        return Source(str(path), _by_name(make.records(run), str(path)), run)
    files = sorted(where.glob("*.json")) if where.is_dir() else [where]
    if not files:
        raise InputError(f"{path}: holds no records, and is no finished run")
    return Source(str(path), _by_name(map(record, files), str(path)))


def record(path: Path) -> Record:
    """The record in a file. **Raises:** `InputError`, one line, if it is none."""
    lines = list(problems(found := raw(path)))
    if lines:
        raise InputError(f"{path}: {lines[0]}")
    assert isinstance(found, dict)
    return found


def raw(path: Path) -> Any:
    """The JSON in a file. **Raises:** `InputError`, one line, if it is none."""
    try:
        if path.stat().st_size > _MOST:
            raise InputError(f"{path}: too large for a record")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no JSON ({one_line(shortened(str(error)))})") from error


def problems(found: Any) -> Iterator[str]:
    """One line for each way in which JSON is no record, or is not as it was exported."""
    errors = sorted(_validator().iter_errors(found), key=lambda error: list(map(str, error.absolute_path)))
    for error in errors:
        place = ".".join(map(str, error.absolute_path))
        yield one_line(f"{place}{': ' * bool(place)}{shortened(error.message)}")
    if errors:
        return
    if found["values"].keys() != found["definitions"]["metrics"].keys():
        yield "values and definitions.metrics name different metrics"
    if found["sha256"] != identity.seal(found):
        yield "changed by hand: its digest is another; export it again"


def _by_name(found: Iterable[Record], path: str) -> dict[tuple[str, str], Record]:
    """**Raises:** `InputError` for several of the same names, which could not be told apart."""
    records: dict[tuple[str, str], Record] = {}
    for one in found:
        key = one["network"]["name"], one["method"]["label"]
        if key in records:
            raise InputError(f"{path}: several records of {key[1]} on {key[0]}; name the files to compare")
        records[key] = one
    return records


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


@functools.cache
def _validator() -> Any:
    schema = Path(__file__).with_name("schema.json")
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
