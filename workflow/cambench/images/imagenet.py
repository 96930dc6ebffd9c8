"""The ImageNet validation set (ILSVRC2012): flat, with its development kit, or in synset folders."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..errors import InputError
from ..paths import resolve
from . import folders, walk
from .found import Found

_VALIDATION_NAME = re.compile(r"ILSVRC2012_val_(\d{8})\.JPEG$")
_IMAGES = (".JPEG", ".jpeg", ".jpg")
_SYNSETS = 1000


def find(dataset: dict, root: Path) -> list[Found]:
    """The images of the validation set; labels are torchvision's, the rank of the synset. **Raises:** `InputError`."""
    if dataset.get("devkit"):
        files = [item for item in walk.files(root, dataset["glob"]) if item.path.endswith(_IMAGES)]
        return list(_by_devkit(files, resolve(dataset["devkit"])))
    synsets = len(walk.subfolders(root))
    if synsets != _SYNSETS:
        raise InputError(
            f"dataset: {dataset['path']} has {synsets} synset folders, not {_SYNSETS}; "
            "name the development kit (devkit: folder) to tell the labels"
        )
    return [item for item in folders.by_rank(root, dataset["glob"]) if item.path.endswith(_IMAGES)]


def _by_devkit(files: list[Found], devkit: Path) -> Iterator[Found]:
    synset_of_id, truth = _read_devkit(devkit)
    numbers = {synset: number for number, synset in enumerate(sorted(synset_of_id.values()))}
    for item in files:
        match = _VALIDATION_NAME.search(item.path)
        if item.reason or match is None or not 0 < int(match[1]) <= len(truth):
            yield Found(item.path, reason=item.reason or "not a name of the ILSVRC2012 validation set")
            continue
        synset = synset_of_id[truth[int(match[1]) - 1]]
        parent = PurePosixPath(item.path).parent.name
        if parent in numbers and parent != synset:
            raise InputError(
                f"dataset: {item.path} lies in {parent}, the development kit says {synset}: they do not match"
            )
        yield Found(item.path, numbers[synset])


def _read_devkit(devkit: Path) -> tuple[dict[int, str], list[int]]:
    """Synset of each ILSVRC2012 id, and the ids of the validation images in order."""
    data = devkit / "data" if (devkit / "data").is_dir() else devkit
    meta, truth = data / "meta.mat", data / "ILSVRC2012_validation_ground_truth.txt"
    for file in (meta, truth):
        if not file.is_file():
            raise InputError(f"dataset: devkit: {file} is not there")
    synsets = _synsets(meta)
    try:
        ids = [int(line) for line in truth.read_text(encoding="ascii").split()]
    except ValueError as error:
        raise InputError(f"dataset: devkit: {truth}: not a list of whole numbers") from error
    if unknown := set(ids) - set(synsets):
        raise InputError(f"dataset: devkit: {truth}: {min(unknown)} is the id of no synset in {meta.name}")
    return synsets, ids


def _synsets(meta: Path) -> dict[int, str]:
    from scipy.io import loadmat

    try:
        rows = loadmat(meta, squeeze_me=True)["synsets"]
        return {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in rows if int(row["num_children"]) == 0}
    except Exception as error:  # scipy raises nearly anything for a file that is none of MATLAB's
        raise InputError(f"dataset: devkit: {meta}: no synsets of ILSVRC2012 can be read from it") from error
