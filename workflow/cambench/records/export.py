"""Write the records of a run into a folder."""

from pathlib import Path

from ..errors import InputError, shown
from ..runs.run import Run
from ..store.files import write_atomically
from . import canonical, identity, make, read


def export(
    run: Run, folder: Path, data: str | None = None, network: str | None = None, method: str | None = None
) -> list[Path]:
    """Write one file per network and method, all of them or some; what is there of the same name is replaced.

    **Arguments:** `data` names the data set for people. **Returns:** the paths of the files.
    **Raises:** `InputError` for what the run has not, for a name that cannot be shown, and as `make.records`.
    """
    if data is not None and not (data.strip() and data.isprintable() and len(data) <= make.LONGEST):
        raise InputError(f"--data must be up to {make.LONGEST} printable characters, not {shown(data)}")
    found = {folder / identity.file_name(record): record for record in make.records(run, data, network, method)}
    for path, record in found.items():
        if wrong := next(read.problems(record), None):
            raise InputError(f"{path.name}: cannot be a record: {wrong}")
    for path, record in found.items():
        write_atomically(path, canonical.text(record))
    return list(found)
