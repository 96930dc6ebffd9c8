"""What each method's numbers cost: forward passes, seconds and memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ..store.layout import shard_count
from ..store.network import Network
from ..store.stages import STAGES

# Of the stages that have one result per network and method, those whose jobs run the network and write chunk files.
_STAGES = [
    stage.name
    for stage in STAGES.values()
    if stage.per == ("network", "method") and stage.runs_network and stage.writes
]
_MEASURED = {"s": pl.Float64, "max_rss": pl.Float64}


def measure(
    frame: pl.DataFrame | pl.LazyFrame,
    benchmarks: Path,
    networks: Mapping[str, Network],
    shards: Mapping[str, Mapping[str, int]],
    peak: float | None,
) -> pl.DataFrame:
    """One row per network, method and stage that runs the network.

    **Arguments:** `frame` the per-image table, of which a few columns are read; `benchmarks` the folder of Snakemake's
    measurements; `networks` facts of each, in order; `shards` rows per chunk by method and stage; `peak` operations per
    second of the machine, if known.
    **Returns:** network, method, stage, images, jobs, passes (forward passes per image), seconds (per image, start of
    the jobs included; null if a job was not measured), operations (per image, of those passes), share (of the
    operations that the machine could have done in that time; the rest went into start-up, reading, memory),
    peak_memory (of a job's process, MB; null if the jobs were too short to be seen).
    """
    named = frame.lazy().select("network", "method", "^.*_passes$").collect().group_by("network", "method")
    counted = named.agg(pl.len().alias("images"), pl.col("^.*_passes$").mean())
    counts = {(row["network"], row["method"]): row for row in counted.iter_rows(named=True)}
    rows = [
        row
        for name, network in networks.items()
        for method, sizes in shards.items()
        for row in _rows(counts[name, method], benchmarks, network, sizes, peak)
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("seconds", "share", "peak_memory"), pl.Float64))


def _rows(
    counts: dict[str, Any], benchmarks: Path, network: Network, sizes: Mapping[str, int], peak: float | None
) -> Iterator[dict[str, Any]]:
    """One network's and method's rows: one per stage of which the passes were counted."""
    images, names = counts["images"], {"network": counts["network"], "method": counts["method"]}
    for stage in _STAGES:
        passes = counts.get(f"{stage}_passes")
        if passes is None:
            continue
        jobs = shard_count(images, sizes[stage])
        measured = _measured(benchmarks / stage / names["network"] / names["method"], jobs)
        seconds = measured["s"].sum() / images if len(measured) == jobs else None
        operations = passes * network["operations"]
        yield {
            **names,
            "stage": stage,
            "images": images,
            "jobs": jobs,
            "passes": passes,
            "seconds": seconds,
            "operations": operations,
            "share": operations / (seconds * peak) if seconds and peak else None,
            "peak_memory": measured["max_rss"].max(),
        }


def _measured(folder: Path, jobs: int) -> pl.DataFrame:
    """Snakemake's measurements of a stage's jobs; a shard that is no longer used is left out."""
    files = [path for path in (folder / f"{shard}.tsv" for shard in range(jobs)) if path.exists()]
    tables = [pl.read_csv(file, separator="\t", null_values=["-", "NA"], schema_overrides=_MEASURED) for file in files]
    return pl.concat([pl.DataFrame(schema=_MEASURED), *(table.select(list(_MEASURED)) for table in tables)])
