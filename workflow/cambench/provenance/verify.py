"""Read a whole run and report every defect of it, with the command that mends it."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl

from ..errors import InputError
from ..images import manifest
from ..store.layout import StoreSpec
from . import stores
from .defects import Defect, Task, from_the_future


def verify(
    results: Path,
    root: Path,
    specs: list[StoreSpec],
    threads: int,
    expect: Callable[[int, str], object],
    advance: Callable[[int], object],
) -> list[Defect]:
    """Every defect of a run.

    **Arguments:** `results` the run's folder; `root` that of its images; `specs` what each store has to be; `expect`
    and `advance` for progress, in files.
    """
    path = f"{results}/manifest.parquet"
    try:
        listed = manifest.read(Path(path))
    except InputError:
        return [Defect(path, "damaged, so nothing can be held against it", "rm")]
    if listed is None:
        return [Defect(path, "is missing: nothing has been run")]
    tasks: list[Task] = [partial(_image, str(root / row["path"]), row) for row in listed.iter_rows(named=True)]
    tasks += [task for spec in specs for task in stores.checks(spec, results, listed)]
    tasks += [partial(_rows, path, len(listed)) for path in sorted(Path(results, "metrics").rglob("*.parquet"))]
    tasks.append(partial(_leftovers, results))
    tasks += _recorded(results)
    expect(len(tasks), "file")
    found = []
    with ThreadPoolExecutor(threads) as pool:
        for defects in pool.map(lambda task: list(task()), tasks):
            found += defects
            advance(1)
    return list(dict.fromkeys(found))


def _image(path: str, row: dict) -> Iterator[Defect]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        yield Defect(path, f"is in the manifest, but: {error.strerror}")
        return
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        yield Defect(path, "changed since the manifest was made", "touch")


def _rows(path: Path, images: int) -> Iterator[Defect]:
    """A method's table of images: one row each, in order."""
    try:
        found = pl.read_parquet(io.BytesIO(path.read_bytes()), columns=["image"])["image"].to_list()
    except pl.exceptions.PolarsError:
        yield Defect(str(path), "damaged", "rm")
        return
    if found != list(range(images)):
        yield Defect(str(path), f"has rows of {len(set(found))} images, the manifest {images}", "rm")


def _recorded(results: Path) -> list[Task]:
    """Every file whose digest the run recorded when it finished."""
    record = results / "provenance.json"
    try:
        files = json.loads(record.read_text())["files"]
    except FileNotFoundError:
        return [lambda: iter([Defect(str(record), "is missing: the run has not finished")])]
    except (ValueError, KeyError):
        return [lambda: iter([Defect(str(record), "damaged", "rm")])]
    return [partial(_file, f"{results}/{name}", digest) for name, digest in files.items()]


def _file(path: str, digest: str) -> Iterator[Defect]:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        yield Defect(path, "is missing")
        return
    if hashlib.sha256(data).hexdigest() != digest:
        yield Defect(path, "not what the run wrote", "rm")
    yield from from_the_future(path)


def _leftovers(results: Path) -> Iterator[Defect]:
    for pattern in (".*.tmp", "*.damaged"):
        for path in sorted(results.rglob(pattern)):
            yield Defect(str(path), "left behind by a job that failed", "rm", rerun=False)
