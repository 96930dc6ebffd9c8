"""Find the images of a data set and their labels: a folder, a CSV or Parquet list, or the ImageNet validation set."""

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import InputError
from ..paths import resolve

_VALIDATION_NAME = re.compile(r"ILSVRC2012_val_(\d{8})\.JPEG$")


@dataclass(frozen=True)
class Found:
    """One file of a data set: path relative to the root, label (-1 if unknown), why it is rejected unread (or "")."""

    path: str
    label: int = -1
    reason: str = ""


def root(dataset: dict) -> Path:
    """The folder that a data set's paths are relative to."""
    path = resolve(dataset["path"])
    if dataset["kind"] == "imagenet" and (path / "val").is_dir():
        return path / "val"
    return path.parent if dataset["kind"] == "manifest" else path


def find(dataset: dict) -> list[Found]:
    """All files of a data set, in a fixed order. **Raises:** `InputError` if it cannot be read or is empty."""
    found = {"folder": _folder, "manifest": _manifest, "imagenet": _imagenet}[dataset["kind"]](dataset)
    if not found:
        raise InputError(f"dataset: {dataset['path']} holds no files that match {dataset['glob']!r}")
    expected = dataset.get("images")
    if expected and len(found) != expected:
        part = "set dataset.images to null to run on a part"
        raise InputError(f"dataset: {dataset['path']} holds {len(found):,} images, not {expected:,}; {part}")
    return found


def listing(dataset: dict) -> tuple[Found, ...]:
    """What `find` finds, looked for once per process: planning asks for it several times. Raises what `find` raises."""
    return _listing(json.dumps(dataset, sort_keys=True))


@functools.cache
def _listing(dataset: str) -> tuple[Found, ...]:
    return tuple(find(json.loads(dataset)))


def largest_label(dataset: dict) -> int:
    """The largest label of the files that are not rejected unread; -1 if there is none."""
    return max((item.label for item in listing(dataset) if not item.reason), default=-1)


def digest(dataset: dict) -> str:
    """Digest of a data set's listing: names, labels, sizes and times of change, but not contents.

    It says when the manifest has to look again. **Returns:** 16 hexadecimal digits.
    """
    folder, lines = root(dataset), []
    for item in listing(dataset):
        try:
            status = os.stat(folder / item.path)
            lines.append(f"{item}\0{status.st_size}\0{status.st_mtime_ns}")
        except OSError:
            lines.append(f"{item}\0missing")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _files(folder: Path, glob: str) -> list[str]:
    paths = (path.relative_to(folder) for path in folder.glob(glob) if path.is_file())
    return sorted(path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts))


def _folder(dataset: dict) -> list[Found]:
    files = _files(root(dataset), dataset["glob"])
    if dataset["label"] == "none":
        return [Found(path) for path in files]
    label = _by_pattern(dataset["pattern"]) if dataset["label"] == "pattern" else _by_folder(files)
    return [label(path) for path in files]


def _by_pattern(pattern: str) -> Callable[[str], Found]:
    compiled = re.compile(pattern)

    def label(path: str) -> Found:
        match = compiled.search(path)
        if match is None or match["label"] is None:
            return Found(path, reason="name does not match the label pattern")
        try:
            return Found(path, int(match["label"]))
        except ValueError as error:
            raise InputError(f"dataset: label of {path} must be a whole number, not {match['label']!r}") from error

    return label


def _by_folder(files: list[str]) -> Callable[[str], Found]:
    """As torchvision's ImageFolder: the classes are the sub-folders in sorted order."""
    classes = sorted({PurePosixPath(path).parts[0] for path in files if "/" in path})
    numbers = {name: number for number, name in enumerate(classes)}

    def label(path: str) -> Found:
        if "/" not in path:
            return Found(path, reason="not in a sub-folder that names its class")
        return Found(path, numbers[PurePosixPath(path).parts[0]])

    return label


def _manifest(dataset: dict) -> list[Found]:
    import polars as pl

    path = resolve(dataset["path"])
    try:
        table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"dataset: {path}: not a readable CSV or Parquet file") from error
    if "path" not in table.columns:
        raise InputError(f"dataset: {path}: no column 'path'; columns are {', '.join(table.columns)}")
    labels = table["label"] if "label" in table.columns else pl.repeat(-1, len(table), eager=True)
    if not labels.dtype.is_integer():
        raise InputError(f"dataset: {path}: column 'label' must hold whole numbers")
    rows = zip(table["path"].cast(pl.String), labels.fill_null(-1), strict=True)
    return [_listed(name, label, path.parent, dataset.get("outside", False)) for name, label in rows]


def _listed(path: str | None, label: int, folder: Path, outside: bool) -> Found:
    """Refuse a listed path that leads out of the folder of its list, unless that is allowed."""
    if path is None:
        return Found("", label, "no path")
    if not outside and (PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts):
        return Found(path, label, "path leads out of the folder of its list (see dataset.outside)")
    return Found(path, label, "" if (folder / path).is_file() else "missing")


def _imagenet(dataset: dict) -> list[Found]:
    files = [path for path in _files(root(dataset), dataset["glob"]) if path.endswith((".JPEG", ".jpeg", ".jpg"))]
    if dataset.get("devkit"):
        return list(_by_devkit(files, resolve(dataset["devkit"])))
    synsets = sorted({PurePosixPath(path).parts[0] for path in files if "/" in path})
    if len(synsets) != 1000:
        raise InputError(
            f"dataset: {dataset['path']} has {len(synsets)} synset folders, not 1000; "
            "name the development kit (devkit: folder) to tell the labels"
        )
    label = _by_folder(files)
    return [label(path) for path in files]


def _by_devkit(files: list[str], devkit: Path) -> Iterator[Found]:
    synset_of_id, truth = _read_devkit(devkit)
    numbers = {synset: number for number, synset in enumerate(sorted(synset_of_id.values()))}
    for path in files:
        match = _VALIDATION_NAME.search(path)
        if match is None or not 0 < int(match[1]) <= len(truth):
            yield Found(path, reason="not a name of the ILSVRC2012 validation set")
            continue
        synset = synset_of_id[truth[int(match[1]) - 1]]
        parent = PurePosixPath(path).parent.name
        if parent in numbers and parent != synset:
            raise InputError(f"dataset: {path} lies in {parent}, the development kit says {synset}: they do not match")
        yield Found(path, numbers[synset])


def _read_devkit(devkit: Path) -> tuple[dict[int, str], list[int]]:
    """Synset of each ILSVRC2012 id, and the ids of the validation images in order."""
    from scipy.io import loadmat

    data = devkit / "data" if (devkit / "data").is_dir() else devkit
    meta, truth = data / "meta.mat", data / "ILSVRC2012_validation_ground_truth.txt"
    for file in (meta, truth):
        if not file.is_file():
            raise InputError(f"dataset: devkit: {file} is not there")
    rows = loadmat(meta, squeeze_me=True)["synsets"]
    leaves = {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in rows if int(row["num_children"]) == 0}
    return leaves, [int(line) for line in truth.read_text().split()]
