"""Names of classes: in a text file, or of the folders that images lie in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:  # planning goes without polars where it can
    import polars as pl

Names = Sequence[str | None]  # by the number of the class


def read(path: Path) -> list[str]:
    """Names in a text file, UTF-8, one per line, in the order of the classes; spaces around them do not count.

    **Raises:** `InputError`, one line, if it cannot be read, or a line before the last name is blank.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().split("\n")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: is no text in UTF-8") from error
    names = [" ".join(line.split()) for line in lines]
    if "" in names:
        raise InputError(f"{path}: line {names.index('') + 1} is blank; each line names a class")
    return names


def of_folders(listed: "pl.DataFrame") -> list[str | None] | None:
    """Names of the folders whose ranks are the labels, as far as images lie in them.

    **Arguments:** `listed` has the columns path and label of the manifest.
    """
    once = listed.unique("label").select("label", "path").rows()
    found = {label: path.split("/")[0] for label, path in once if label >= 0}
    return [found.get(number) for number in range(max(found) + 1)] if found else None


def chosen(
    own: Mapping[str, list[str] | None], files: Mapping[str, str], folders: Names | None
) -> dict[str, Names | None]:
    """Names of each network's classes: those of its file, else its own, else the folders'.

    **Arguments:** `own` the networks' own, by network; `files` paths by network, of those that have one.
    **Raises:** as `read`.
    """
    return {name: read(Path(files[name])) if name in files else given or folders for name, given in own.items()}
