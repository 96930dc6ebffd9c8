"""Read a whole run and report every defect of it, with the command that mends it."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import polars as pl

from ..errors import InputError
from ..images import manifest
from ..images.found import located
from ..store import tables, written
from ..store.layout import StoreSpec
from . import record, stores
from .defects import Defect, Task, from_the_future, unreadable
from .evidence import CRATE, RECORD, Evidence

_MANIFEST, _REJECTED = "manifest.parquet", "rejected.parquet"


def verify(
    results: Path,
    root: Path,
    specs: list[StoreSpec],
    names: list[str],
    made: dict[str, dict[str, str]],
    cut: stores.Cutting,
    threads: int,
    expect: Callable[[int, str], object],
    advance: Callable[[int], object],
) -> list[Defect]:
    """Every defect of a run. One damaged file leaves the checks of all others as they are.

    **Arguments:** `results` the run's folder; `root` that of its images; `specs` what each store has to be; `names` of
    the files that the run must have; `made` digests of settings by `network method` and stage; `cut` as for
    `stores.checks`; `expect` and `advance` for progress, in files.
    """
    if not (results / _MANIFEST).exists() and not (results / RECORD).exists():
        return [Defect(f"{results}/{_MANIFEST}", "is missing: nothing has been run")]
    evidence = Evidence.of(results)
    listed = _listed(results, evidence)
    tasks: list[Task] = [partial(_file, results, name, evidence) for name in [*names, CRATE]]
    tasks += [partial(_record, results, names, evidence), partial(_crate, results, evidence)]
    rows = [] if listed is None else listed.iter_rows(named=True)
    tasks += [partial(_image, results, str(located(root, row["path"])), row["sha256"]) for row in rows]
    images = _images(results, names, evidence) if listed is None else len(listed)
    tasks += [task for spec in specs for task in stores.checks(spec, results, images, listed, evidence, cut)]
    of_images = {f"{stage}/{pair}": digest for pair, digests in made.items() for stage, digest in digests.items()}
    tasks += [partial(_rows, results, name, digest, images) for name, digest in of_images.items()]
    tasks.append(partial(_leftovers, results))
    return _done(tasks, threads, expect, advance)


def _done(
    tasks: list[Task], threads: int, expect: Callable[[int, str], object], advance: Callable[[int], object]
) -> list[Defect]:
    expect(len(tasks), "file")
    found = []
    with ThreadPoolExecutor(threads) as pool:
        for defects in pool.map(lambda task: list(task()), tasks):
            found += defects
            advance(1)
    return list(dict.fromkeys(found))


def _listed(results: Path, evidence: Evidence) -> pl.DataFrame | None:
    """The manifest, if it is whole and the one that the run made: all else is held against it."""
    try:
        own, found = written.sha256(results / _MANIFEST), manifest.read(results / _MANIFEST)
    except (OSError, InputError):
        return None
    return found if own == (evidence.digest(_MANIFEST) or own) else None


def _images(results: Path, names: list[str], evidence: Evidence) -> int:
    """Number of images as others say it who know, where the manifest is lost; 0 if nobody does."""
    if evidence.record:
        return int(evidence.record["manifest"]["images"])
    return next((count for name in names if (count := _count(results, name, evidence))), 0)


def _count(results: Path, name: str, evidence: Evidence) -> int:
    """Number of images that a file tells: a method's table, or a finished store by the shape of its coordinate."""
    try:
        if name.startswith("metrics/"):
            return len(tables.read(results / name, ["image"]))
        if name.endswith("/image/zarr.json") and written.sha256(results / name) == evidence.digest(name):
            return int(json.loads((results / name).read_bytes())["shape"][0])
    except (OSError, InputError):
        pass
    return 0


def _image(results: Path, path: str, sha256: str) -> Iterator[Defect]:
    """An image, which nobody but its owner changes: the job that lists them all is run again by its other file."""
    again = f"{results}/{_REJECTED}"
    try:
        if written.sha256(path) != sha256:
            yield Defect(path, "changed since the manifest was made", "rm", at=again)
    except FileNotFoundError as error:
        yield Defect(path, f"is in the manifest, but: {error.strerror}")
    except OSError as error:
        yield Defect(path, f"is in the manifest, but: {error.strerror}", "rm", at=again)


def _rows(results: Path, name: str, settings: str, images: int) -> Iterator[Defect]:
    """A method's table of images: one row each, in order, and made with the configuration's settings."""
    path = f"{results}/{name.replace(' ', '/')}.parquet"
    try:
        found = tables.read(path, ["image"])["image"].to_list()
    except (OSError, InputError):
        return  # which is said of the file
    if tables.settings(path) != settings:
        yield Defect(path, "made with other settings than the configuration's", "rm")
    if images and found != list(range(images)):
        yield Defect(path, f"has rows of {len(set(found))} images, the manifest {images}", "rm")


def _file(results: Path, name: str, evidence: Evidence) -> Iterator[Defect]:
    """A file that the run must have, against what its job said or the run recorded."""
    path, expected = f"{results}/{name}", evidence.digest(name)
    try:
        found, parses = written.sha256(path), _parses(path)
    except FileNotFoundError:
        yield Defect(path, "is missing")
        return
    except OSError as error:
        yield unreadable(path, error)
        return
    if not parses:
        yield Defect(path, "damaged", "rm")
    elif found != (expected or found):
        yield Defect(path, "not what the run wrote", "rm")
    yield from from_the_future(path)


def _parses(path: str) -> bool:
    """Whether a file that bears a form or a digest of its own has it, whatever the run says of it."""
    try:
        if path.endswith(".parquet"):
            tables.check(path)
        elif path.endswith(".json"):
            json.loads(Path(path).read_bytes())
    except (InputError, ValueError):
        return False
    return True


def _record(results: Path, names: list[str], evidence: Evidence) -> Iterator[Defect]:
    """The record itself: it must be whole, and hold the digests that the jobs said."""
    path = f"{results}/{RECORD}"
    if not Path(path).exists():
        yield Defect(path, "is missing: the run has not finished")
        return
    if evidence.record is None:
        yield Defect(path, "damaged", "rm")
        return
    for name in names:
        if evidence.recorded.get(name) != evidence.digest(name):
            yield Defect(path, f"does not hold the digest of {name}", "rm")
            return
    yield from from_the_future(path)


def _crate(results: Path, evidence: Evidence) -> Iterator[Defect]:
    """The crate follows from the record, and is made again where its job's log is lost."""
    if evidence.record is None or evidence.digest(CRATE) is not None:
        return
    try:
        found = json.loads((results / CRATE).read_bytes())
        expected = record.crate(results, evidence.record).metadata.generate()
    except (OSError, ValueError):
        return  # which is said of the files
    if found != expected:
        yield Defect(f"{results}/{CRATE}", "does not follow from the record", "rm")


def _leftovers(results: Path) -> Iterator[Defect]:
    for pattern in (".*.tmp", "*.damaged"):
        for path in sorted(results.rglob(pattern)):
            yield Defect(str(path), "left behind by a job that failed", "rm", rerun=False)
