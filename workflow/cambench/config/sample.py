"""Check what a configuration says of a random sample of its data set."""

from collections.abc import Iterator
from typing import Any

from ..errors import shown, suggestion
from ..images import sources
from . import metrics

_JOB = 10, 50  # images of which some number has to divide a pilot


def problems(config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with `dataset.sample`, one line per error; the data set itself must be found already."""
    dataset = config["dataset"]
    if "sample" not in dataset:
        return
    sample = dataset["sample"]
    if ("images" in sample) == ("half_width" in sample):
        yield "give one of 'images' (how many) and 'half_width' (how sure, in percentage points)"
        return
    yield from _metrics(sample["metrics"], config)
    usable = sources.usable(dataset)
    if sample["stratify"] == "label" and not any(item.labels for item in sources.listing(dataset)):
        yield f"stratify: label: no image of {dataset['path']} has a label"
    if sample.get("images", 0) > usable:
        yield f"{sample['images']:,} images asked for, but {dataset['path']} has {usable:,}"
    if "half_width" in sample:
        yield from _pilot(sample["pilot"], usable, config)


def _metrics(names: list[str], config: dict[str, Any]) -> Iterator[str]:
    if any(metrics.problems(config)):
        return  # which are said of the metrics themselves
    chosen = metrics.columns(config)
    for name in names:
        if name not in chosen:
            yield f"metrics: {shown(name)} is not among the run's metrics{suggestion(name, chosen)}"


def _can_be_cut(pilot: int) -> bool:
    """Whether jobs can have a size between one image and all of them; small pilots are one job."""
    return pilot <= _JOB[1] or any(pilot % size == 0 for size in range(_JOB[0], _JOB[1] + 1))


def _pilot(pilot: int, usable: int, config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the images that tell how many more are needed; jobs have to end where they end."""
    if pilot > usable:
        yield f"pilot: {pilot:,} images asked for, but {config['dataset']['path']} has {usable:,}"
    elif not _can_be_cut(pilot):
        near = min(filter(_can_be_cut, range(2, usable + 1)), key=lambda size: (abs(size - pilot), -size))
        yield f"pilot: {pilot:,} images cannot be cut into jobs of equal size; take {near:,}"
    for label, block in config["methods"].items():
        if pilot % block.get("shard", 1):
            yield f"pilot: {pilot:,} images are no whole jobs of methods.{label}.shard: {block['shard']:,}"
        if block["settings"].get("manifest"):
            yield f"half_width: maps of methods.{label} are found by row, but the rows are not known; set names"
