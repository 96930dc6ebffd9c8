"""What a run says of its files: digests that the jobs left in their logs, and those in the record of the run."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..store import written

RECORD, CRATE = "provenance.json", "ro-crate-metadata.json"
_SEAL = "sha256"  # the record's own, of the rest of it


@dataclass(frozen=True)
class Evidence:
    """Digests by path below the run's folder: `said` by the jobs, and the `record`, if it is whole."""

    said: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] | None = None

    @classmethod
    def of(cls, results: Path) -> "Evidence":
        """All that is left of a run's logs, and its record."""
        said = written.every(results)
        record = read(results / RECORD)
        if record is not None and said.get(RECORD) not in (None, written.sha256(results / RECORD)):
            record = None  # whole, but not what the run wrote
        return cls(said, record)

    @property
    def recorded(self) -> dict[str, str]:
        """The record's digests."""
        return self.record["files"] if self.record else {}

    def digest(self, name: str) -> str | None:
        """SHA-256 of a file as it has to be; the job that wrote it last knows better than the record."""
        return self.said.get(name, self.recorded.get(name))


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """A record as JSON holds it, with the digest of itself."""
    plain: dict[str, Any] = json.loads(json.dumps(record, default=str))
    return {**plain, _SEAL: _digest(plain)}


def read(path: Path) -> dict[str, Any] | None:
    """A record; None if it is lost or damaged."""
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        return record if record.pop(_SEAL) == _digest(record) else None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
