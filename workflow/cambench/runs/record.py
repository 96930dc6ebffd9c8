"""What a finished run recorded of itself, and its files, each held against its digest before it is read."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import InputError
from ..provenance import evidence
from ..store.written import sha256

_KEYS = {"run", "config", "networks", "manifest", "files"}


@dataclass(frozen=True)
class Record:
    """The record of the run in folder `path`: `facts` as provenance.json has them."""

    path: Path
    facts: dict[str, Any]
    _whole: set[str] = field(default_factory=set, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, path: Path) -> "Record":
        """The record of a run's folder. **Raises:** `InputError` if there is none, or the run is not finished."""
        if not path.is_dir():
            raise InputError(f"{path}: no such folder")
        file = path / evidence.RECORD
        if not file.exists():
            raise InputError(f"{path}: no finished run, for it has no {evidence.RECORD}; name results/RUN, or run it")
        facts = evidence.read(file)
        if facts is None or not facts.keys() >= _KEYS:
            raise InputError(f"{file}: damaged; mend: rm {file}, then run again")
        return cls(path, facts)

    @property
    def names(self) -> list[str]:
        """The recorded files, by their paths below the run's folder."""
        return list(self.facts["files"])

    def file(self, name: str) -> Path:
        """Where a recorded file lies; it is looked at once. **Raises:** `InputError` unless it is what was recorded."""
        path = self.path / name
        if name not in self.facts["files"]:
            raise InputError(f"{path}: the run has no such file")
        with self._lock:
            if name not in self._whole:
                self._check(path, self.facts["files"][name])
                self._whole.add(name)
        return path

    def json(self, name: str) -> dict[str, Any]:
        """The object in a recorded file of JSON. **Raises:** as `file`."""
        found: dict[str, Any] = json.loads(self.file(name).read_text(encoding="utf-8"))
        return found

    @staticmethod
    def _check(path: Path, digest: str) -> None:
        try:
            found = sha256(path)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}; the run recorded it; run again to make it") from error
        if found != digest:
            raise InputError(f"{path}: not what the run recorded; the run goes on, or the file is damaged; run again")
