"""What each method's numbers cost: forward passes, seconds and memory."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from .. import methods
from ..passes import own_passes
from ..store.layout import shard_count
from ..store.network import Network, shares_activations
from ..store.stages import STAGES

# Stages whose jobs run the network and write chunk files: of all methods of a network, and of one.
_SHARED, _OWN = (
    [stage.name for stage in STAGES.values() if stage.per == per and stage.runs_network and stage.writes]
    for per in (("network",), ("network", "method"))
)
_THREADS = re.compile(r"threads: (\d+)$")
_MEASURED = {"s": pl.Float64, "max_rss": pl.Float64}
_TEXT, _NUMBERS = ("network", "method", "stage"), ("seconds", "share", "peak_memory")


@dataclass(frozen=True)
class Shared:
    """Passes that one job makes for several methods.

    `kept` is `compute.share_activations`, which says of which networks stage `predictions` makes the clean pass for all
    methods; for the labels `scored` stage `channel_scores` makes the other ones. The labels `repeating` make their
    clean pass themselves. Those that are `given` have maps from a file, which nothing makes again.
    """

    kept: float = 0
    scored: Collection[str] = ()
    repeating: Collection[str] = ()
    given: Collection[str] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any], scored: Collection[str]) -> "Shared":
        """As a configuration, complete, says it."""
        blocks = config["methods"].items()
        facts = {label: methods.facts_with(block["cam"], block["settings"]) for label, block in blocks}
        repeating = [label for label, of in facts.items() if of.repeats]
        given = [label for label, of in facts.items() if of.is_precomputed]
        return cls(config["compute"]["share_activations"], scored, repeating, given)

    def keeps(self, network: Network) -> bool:
        """Whether the clean pass of a network is made once."""
        return shares_activations(network, self.kept)

    def without(self, passes: float, stage: str, network: Network, method: str) -> float:
        """The passes of a stage that its own jobs make, of those that an image needs."""
        if stage not in ("saliency", "other_class"):
            return passes
        scored = stage == "saliency" and method in self.scored
        return own_passes(passes, self.keeps(network), method in self.repeating, scored)


_NOTHING = Shared()


@dataclass(frozen=True)
class _Work:
    """The jobs of a stage: their `names`, of `images`, so many `rows` in each; `passes` per image, `made` of these."""

    names: Mapping[str, str | None]
    images: int
    rows: int
    passes: float
    made: float

    @property
    def folder(self) -> Path:
        """Where Snakemake's measurements lie, below the folder of all of them."""
        return Path(*(name for name in (self.names["stage"], self.names["network"], self.names["method"]) if name))


def measure(
    frame: pl.DataFrame | pl.LazyFrame,
    benchmarks: Path,
    networks: Mapping[str, Network],
    shards: Mapping[str, Mapping[str, int]],
    peak: float | None,
    shared: Shared = _NOTHING,
    threads: int = 1,
) -> pl.DataFrame:
    """One row per network and stage that runs it for all methods, then one per method and stage that does for it.

    **Arguments:** `frame` the per-image table, of which a few columns are read; `benchmarks` the folder of Snakemake's
    measurements; `networks` facts of each; `shards` rows per chunk by `network method` and stage, in order; `peak`
    operations per second of the machine, if known, with `threads` threads; `shared` passes, which one job makes for
    several methods.
    **Returns:** network, method (null where it is all of them), stage, images, jobs, passes (forward passes per image
    that a result of the stage rests on), seconds (per image, start of the jobs included; null if a job was not
    measured), operations (per image, of the passes that the stage makes, without those that another one makes), share
    (of the operations that the machine could have done in that time; the rest went into start-up, reading, memory),
    peak_memory (of a job's process, MB; null if the jobs were too short to be seen).
    """
    named = frame.lazy().select("network", "method", "^.*_passes$").collect().group_by("network", "method")
    counted = named.agg(pl.len().alias("images"), pl.col("^.*_passes$").mean())
    counts = {(row["network"], row["method"]): row for row in counted.iter_rows(named=True)}
    pairs: dict[str, list[str]] = {}
    for network, method in (pair.split(" ") for pair in shards):
        pairs.setdefault(network, []).append(method)
    rows = []
    for name, labels in pairs.items():
        found = {label: (counts[name, label], shards[f"{name} {label}"]) for label in labels}
        works = [*_of_network(found, networks[name], shared), *_of_methods(found, networks[name], shared)]
        rows += [_row(work, benchmarks, networks[name], peak and peak / threads) for work in works]
    types = dict.fromkeys(_TEXT, pl.String) | dict.fromkeys(_NUMBERS, pl.Float64)
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)


_Counted = Mapping[str, tuple[dict[str, Any], Mapping[str, int]]]  # passes of a map, and rows per chunk, by label


def _of_network(counted: _Counted, network: Network, shared: Shared) -> Iterator[_Work]:
    """What is done once for all methods of a network."""
    counts, sizes = next(iter(counted.values()))
    # The most that a label takes: a variant may have no use for the black image, which is forwarded for the others.
    scored = [counts["saliency_passes"] for label, (counts, _) in counted.items() if label in shared.scored]
    passes = {"predictions": (1, 1)}
    if scored:
        passes["channel_scores"] = (max(scored), max(scored) - shared.keeps(network))
    further = {stage: counts.get(f"{stage}_passes") for stage in _SHARED if STAGES[stage].further}
    passes |= {stage: (count, count) for stage, count in further.items() if count is not None}
    for stage in _SHARED:
        if stage in passes:
            names = {"network": counts["network"], "method": None, "stage": stage}
            yield _Work(names, counts["images"], sizes[stage], *passes[stage])


def _of_methods(counted: _Counted, network: Network, shared: Shared) -> Iterator[_Work]:
    """What is done for each method, as far as its passes were counted."""
    for label, (counts, sizes) in counted.items():
        for stage in _OWN:
            passes = counts.get(f"{stage}_passes")
            if passes is not None and not (STAGES[stage].repeats and label in shared.given):
                names = {"network": counts["network"], "method": label, "stage": stage}
                made = shared.without(passes, stage, network, label)
                yield _Work(names, counts["images"], sizes[stage], passes, made)


def _row(work: _Work, benchmarks: Path, network: Network, peak: float | None) -> dict[str, Any]:
    """One stage's row; `peak` is that of a thread."""
    jobs = shard_count(work.images, work.rows)
    measured = _measured(benchmarks / work.folder, jobs)
    seconds = measured["s"].sum() / work.images if len(measured) == jobs else None
    operations = work.made * network["operations"]
    return {
        **work.names,
        "images": work.images,
        "jobs": jobs,
        "passes": float(work.passes),
        "seconds": seconds,
        "operations": float(operations),
        "share": operations * work.images / (float(measured["busy"].sum()) * peak) if seconds and peak else None,
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
