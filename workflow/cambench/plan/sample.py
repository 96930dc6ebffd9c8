"""What a changed sample would do to the results of a run, which is found out before anything is thrown away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError
from ..images import sample, sources
from ..store import files, tables

_LISTS = ("manifest.parquet", "pilot/manifest.parquet")


def thrown_away(config: dict[str, Any]) -> Iterator[str]:
    """One line if another way of drawing would put other images in the place of those that there are results of.

    A data set whose files have changed is no such way. **Arguments:** `config` complete.
    """
    drawn, folder = sample.of(config["dataset"]), Path("results", config["run"])
    earlier = next((folder / name for name in _LISTS if (folder / name).exists()), None)
    if drawn is None or earlier is None or not (folder / "images").is_dir():
        return
    try:
        before = tables.read(earlier, ["path"])["path"].to_list()
        said = tables.settings(earlier) or "{}"
        same = said == drawn.drawing
        lost = 0 if same else _lost(before, drawn, config["dataset"], folder / "rejected.parquet")
    except (InputError, OSError):
        return  # which the jobs that read them will say
    if lost:
        yield (
            f"config: dataset.sample: {_changed(said, drawn.drawing)} would throw away the results of {lost:,} of "
            f"{len(before):,} images in {folder}; give the run another name, or remove that folder"
        )


def _lost(before: list[str], drawn: sample.Sample, dataset: dict[str, Any], rejected: Path) -> int:
    """Number of images in whose places other images would come."""
    bad = set(tables.read(rejected, ["path"])["path"]) if rejected.exists() else set()
    now = [item.path for item in drawn.order(sources.listing(dataset)) if item.path not in bad]
    return sum(old != new for old, new in zip(before, now[: drawn.images], strict=False))


def _changed(said: str, drawing: str) -> str:
    """What is new in the way of drawing."""
    before, now = json.loads(said), json.loads(drawing)
    return " and ".join(f"{key} {now[key]}" for key in now if before.get(key) != now[key]) if before else "a sample"


def pilot(dataset: dict[str, Any]) -> int:
    """Number of images of the pilot from which that of a sample follows; 0 if there is none."""
    block = dataset.get("sample", {})
    return int(block["pilot"]) if "half_width" in block else 0


def wanted(dataset: dict[str, Any], results: str) -> int | None:
    """Number of images of a sample, if it is given, or the run's pilot has told it."""
    decided = Path(results, "sample.json")
    if not (block := dataset.get("sample")):
        return None
    if "images" in block or not decided.exists():
        return block.get("images")
    return int(files.read_json(decided, ["images"])["images"])


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
