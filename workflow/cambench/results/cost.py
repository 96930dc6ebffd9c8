"""What each method's numbers cost: forward passes, seconds and memory."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ..store.layout import shard_count
from ..store.network import Network, shares_activations
from ..store.stages import STAGES

# Of the stages that have one result per network and method, those whose jobs run the network and write chunk files.
_STAGES = [
    stage.name
    for stage in STAGES.values()
    if stage.per == ("network", "method") and stage.runs_network and stage.writes
]
_THREADS = re.compile(r"threads: (\d+)$")
_MEASURED = {"s": pl.Float64, "max_rss": pl.Float64}


@dataclass(frozen=True)
class Shared:
    """Passes that one job makes for several methods.

    `kept` is `compute.share_activations`, which says of which networks stage `predictions` makes the clean pass for all
    methods; for the labels `scored` stage `channel_scores` makes the other ones.
    """

    kept: float = 0
    scored: Collection[str] = ()

    def without(self, passes: float, stage: str, network: Network, method: str) -> float:
        """The passes of a stage that its own jobs make, of those that an image needs."""
        if stage != "saliency":
            return passes
        clean = int(shares_activations(network, self.kept))
        return 1 - clean if method in self.scored else max(0, passes - clean)


_NOTHING = Shared()


def measure(
    frame: pl.DataFrame | pl.LazyFrame,
    benchmarks: Path,
    networks: Mapping[str, Network],
    shards: Mapping[str, Mapping[str, int]],
    peak: float | None,
    shared: Shared = _NOTHING,
    threads: int = 1,
) -> pl.DataFrame:
    """One row per network, method and stage that runs the network.

    **Arguments:** `frame` the per-image table, of which a few columns are read; `benchmarks` the folder of Snakemake's
    measurements; `networks` facts of each, in order; `shards` rows per chunk by `network method` and stage; `peak`
    operations per second of the machine, if known, with `threads` threads; `shared` passes, which one job makes for
    several methods.
    **Returns:** network, method, stage, images, jobs, passes (forward passes per image), seconds (per image, start of
    the jobs included; null if a job was not measured), operations (per image, of the passes that the stage makes,
    without the shared ones), share (of the operations that the machine could have done in that time; the rest went into
    start-up, reading, memory),
    peak_memory (of a job's process, MB; null if the jobs were too short to be seen).
    """
    named = frame.lazy().select("network", "method", "^.*_passes$").collect().group_by("network", "method")
    counted = named.agg(pl.len().alias("images"), pl.col("^.*_passes$").mean())
    counts = {(row["network"], row["method"]): row for row in counted.iter_rows(named=True)}
    rows = [
        row
        for (name, method), sizes in ((pair.split(" "), sizes) for pair, sizes in shards.items())
        for row in _rows(counts[name, method], benchmarks, networks[name], sizes, peak and peak / threads, shared)
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("seconds", "share", "peak_memory"), pl.Float64))


def _rows(
    counts: dict[str, Any],
    benchmarks: Path,
    network: Network,
    sizes: Mapping[str, int],
    peak: float | None,
    shared: Shared,
) -> Iterator[dict[str, Any]]:
    """One network's and method's rows: one per stage of which the passes were counted; `peak` is that of a thread."""
    images, names = counts["images"], {"network": counts["network"], "method": counts["method"]}
    for stage in _STAGES:
        passes = counts.get(f"{stage}_passes")
        if passes is None:
            continue
        jobs = shard_count(images, sizes[stage])
        measured = _measured(benchmarks / stage / names["network"] / names["method"], jobs)
        seconds = measured["s"].sum() / images if len(measured) == jobs else None
        operations = shared.without(passes, stage, network, names["method"]) * network["operations"]
        yield {
            **names,
            "stage": stage,
            "images": images,
            "jobs": jobs,
            "passes": passes,
            "seconds": seconds,
            "operations": operations,
            "share": operations * images / (float(measured["busy"].sum()) * peak) if seconds and peak else None,
            "peak_memory": measured["max_rss"].max(),
        }


def _measured(folder: Path, jobs: int) -> pl.DataFrame:
    """Snakemake's measurements of a stage's jobs; a shard that is no longer used is left out.

    **Returns:** s, max_rss, and the seconds that the job's threads were `busy`, all together.
    """
    files = [path for path in (folder / f"{shard}.tsv" for shard in range(jobs)) if path.exists()]
    tables = [pl.read_csv(file, separator="\t", null_values=["-", "NA"], schema_overrides=_MEASURED) for file in files]
    busy = [
        table.select(*_MEASURED, busy=pl.col("s") * _threads(file)) for table, file in zip(tables, files, strict=True)
    ]
    return pl.concat([pl.DataFrame(schema={**_MEASURED, "busy": pl.Float64}), *busy])


def _threads(benchmark: Path) -> int:
    """Number of threads that a job says it had, at the head of its log; one if it says nothing."""
    log = Path(*("logs" if part == "benchmarks" else part for part in benchmark.with_suffix(".log").parts))
    with suppress(OSError), log.open(encoding="utf-8", errors="replace") as file:
        if said := _THREADS.match(file.readline()):
            return int(said[1])
    return 1
