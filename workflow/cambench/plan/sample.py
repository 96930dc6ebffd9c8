"""What a changed sample would do to the results of a run, which is found out before anything is thrown away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError
from ..images import sample, sources
from ..shards import SAMPLE, WHOLE, Cut, by_stage
from ..store import files, network, tables

_ASKED = ("half_width", "pilot", "metrics")
_LISTS = ("manifest.parquet", "pilot/manifest.parquet")
_DRAWING = ("seed", "stratify")  # what decides the order of a sample


def thrown_away(config: dict[str, Any]) -> list[str]:
    """One line if another way of sampling would make results again: of other images, or in jobs of other sizes.

    A data set whose files have changed is no such way. **Arguments:** `config` complete.
    """
    folder = Path("results", config["run"])
    earlier = next((folder / name for name in _LISTS if (folder / name).exists()), None)
    if earlier is None or not (folder / "images").is_dir():
        return []
    try:
        before = tables.read(earlier, ["path"])["path"].to_list()
        said = json.loads(tables.settings(earlier) or "{}")
        lines = [*_of_other_images(config, said, before, folder), *_cut_anew(config, said, len(before), folder)]
    except (InputError, OSError):
        return []  # which the jobs that read them will say
    return [f"config: dataset.sample: {line}give the run another name, or remove that folder" for line in lines[:1]]


def _of_other_images(config: dict[str, Any], said: dict[str, Any], before: list[str], folder: Path) -> Iterator[str]:
    """What is said of a sample that is drawn in another way."""
    drawn = sample.of(config["dataset"])
    if drawn is None or all(said.get(key) == getattr(drawn, key) for key in _DRAWING):
        return
    if lost := _lost(before, drawn, config["dataset"], folder):
        drawing = [f"{key} {getattr(drawn, key)}" for key in _DRAWING if said.get(key) != getattr(drawn, key)]
        what = " and ".join(drawing) if "seed" in said else "a sample"
        yield f"{what} would throw away the results of {lost:,} of {len(before):,} images in {folder}; "


def _cut_anew(config: dict[str, Any], said: dict[str, Any], images: int, folder: Path) -> Iterator[str]:
    """What is said of jobs of other sizes, because these divide another number of rows than they did."""
    dataset = config["dataset"]
    block, earlier, now = dataset.get("sample"), said.get("steps"), steps(dataset)
    if earlier in (None, now) or _sizes(config, earlier, folder) == _sizes(config, now, folder):
        return
    key = "pilot" if block and "half_width" in block else "images" if now == SAMPLE else "step"
    how = f"with {key}: {block[key]}" if block else "without it"
    same = "" if block or earlier != SAMPLE else f"write sample: {{images: {_usable(dataset, folder)}}}, "
    lost = f"the results of {images:,} images in {folder} would be made again"
    yield f"{how}, jobs are cut into other sizes, and {lost}; {same}"


def _sizes(config: dict[str, Any], rows: int, folder: Path) -> dict[tuple[str, ...], int]:
    """Rows per job, whose sizes divide `rows`, by stage, network and method, of the stages that have results."""
    cutting = cut(config, rows)
    found: dict[tuple[str, ...], int] = {("images",): cutting.rows()}
    for file in sorted((folder / "networks").glob("*.json")):
        facts = network.read(file)
        for method in config["methods"]:
            sizes = by_stage(config, cutting, facts, method)
            found |= {(stage, file.stem, method): size for stage, size in sizes.items() if (folder / stage).is_dir()}
    return found


def _lost(before: list[str], drawn: sample.Sample, dataset: dict[str, Any], folder: Path) -> int:
    """Number of images in whose places other images would come."""
    bad = _bad(folder)
    now = [item.path for item in drawn.order(sources.listing(dataset)) if item.path not in bad]
    return sum(old != new for old, new in zip(before, now[: drawn.images], strict=False))


def _usable(dataset: dict[str, Any], folder: Path) -> int:
    """Number of images of a data set, as far as it is known."""
    bad = _bad(folder)
    return sum(not item.reason and item.path not in bad for item in sources.listing(dataset))


def _bad(folder: Path) -> set[str]:
    """The files that were found to be no images."""
    rejected = folder / "rejected.parquet"
    return set(tables.read(rejected, ["path"])["path"]) if rejected.exists() else set()


def mark(dataset: dict[str, Any]) -> str:
    """What decides which images have which rows, and which sizes jobs may have, as JSON."""
    drawn = sample.of(dataset)
    drawing = {key: getattr(drawn, key) for key in _DRAWING} if drawn else {}
    return json.dumps({**drawing, "steps": steps(dataset)})


def steps(dataset: dict[str, Any]) -> int:
    """Number of rows that the sizes of jobs divide: of a pilot, or those by which a sample grows."""
    return pilot(dataset) or (int(dataset["sample"]["step"]) if "sample" in dataset else WHOLE)


def cut(config: dict[str, Any], rows: int) -> Cut:
    """How work is cut into jobs whose sizes divide some number of rows."""
    return Cut(config["shards"]["passes"], config["shards"]["images"], rows)


def pilot(dataset: dict[str, Any]) -> int:
    """Number of images of the pilot from which that of a sample follows; 0 if there is none."""
    block = dataset.get("sample", {})
    return int(block["pilot"]) if "half_width" in block else 0


def wanted(config: dict[str, Any], results: str) -> int | None:
    """Number of images of a sample, if it is given, or the run's pilot has told it for what is asked now."""
    block, decided = config["dataset"].get("sample", {}), Path(results, "sample.json")
    if "half_width" not in block or not decided.exists():
        return block.get("images")
    found = files.read_json(decided, ["images"])
    asked = {"confidence": config["tables"]["confidence"], **{name: block[name] for name in _ASKED}}
    return int(found["images"]) if all(found.get(name) == value for name, value in asked.items()) else None


def unreached(decided: Path | None, there: int) -> dict[str, Any] | None:
    """The half-width that was wanted and the number of images that it takes, if there are fewer; else None.

    **Arguments:** `decided` the file in which a pilot's answer lies, None if there is no pilot; it may not be at hand.
    """
    if decided is None or not decided.exists():
        return None
    found = files.read_json(decided, ["half_width", "needed"])
    return {key: found[key] for key in ("half_width", "needed")} if found["needed"] > there else None


def fewest(listed: pl.DataFrame, dataset: dict[str, Any]) -> int | None:
    """Number of a class's images in a sample, of the class that has the fewest; None if no label is known.

    **Arguments:** `listed` the manifest's column `labels`.
    """
    classes = {sample.stratum(item) for item in sources.listing(dataset) if item.labels}
    if not classes:
        return None
    counted = listed["labels"].list.first().value_counts()
    found = dict(counted.drop_nulls().iter_rows())
    return min(found.get(label, 0) for label in classes)
