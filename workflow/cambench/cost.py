"""Stage `cost`: what each method's numbers cost: forward passes, seconds and memory."""

from pathlib import Path

import polars as pl

from .layout import shard_count

_STAGES = ("saliency", "masked", "curves")


def measure(
    frame: pl.DataFrame, benchmarks: Path, networks: dict[str, dict], sizes: dict[str, dict[str, int]]
) -> pl.DataFrame:
    """One row a model, method and stage that runs the network.

    **Arguments:** `frame` the per-image table; `benchmarks` the folder of Snakemake's measurements; `networks` as
    described by stage `networks`, in order; `sizes` rows a job by method and stage.
    **Returns:** model, method, stage, images, jobs, passes (forward passes an image), seconds (an image, start of the
    jobs included), operations (an image, of those passes), share (of the operations that the machine could have done in
    that time: what is missing went into start-up, reading, memory), peak_memory (of a job's process, MB; null if the
    jobs were too short to be seen).
    """
    passes = frame.group_by("model", "method").agg(
        pl.len().alias("images"), *(pl.col(name).mean() for name in frame.columns if name.endswith("_passes"))
    )
    found = {(row["model"], row["method"]): row for row in passes.iter_rows(named=True)}
    stages = [stage for stage in _STAGES if f"{stage}_passes" in frame.columns]
    rows = []
    for model, network in networks.items():
        for method, size in sizes.items():
            counts = found[model, method]
            for stage in stages:
                jobs = shard_count(counts["images"], size[stage])
                measured = _jobs(benchmarks / stage / model / method, jobs)
                seconds = measured["s"].sum() / counts["images"] if len(measured) == jobs else None
                operations = counts[f"{stage}_passes"] * network["operations"]
                rows.append(
                    {
                        "model": model,
                        "method": method,
                        "stage": stage,
                        "images": counts["images"],
                        "jobs": jobs,
                        "passes": counts[f"{stage}_passes"],
                        "seconds": seconds,
                        "operations": operations,
                        "share": operations / (seconds * network["peak"]) if seconds else None,
                        "peak_memory": measured["max_rss"].max(),
                    }
                )
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("seconds", "share", "peak_memory"), pl.Float64))


def _jobs(folder: Path, jobs: int) -> pl.DataFrame:
    """Snakemake's measurements of a stage's jobs; a shard that is no longer used is left out."""
    files = [path for path in (folder / f"{shard}.tsv" for shard in range(jobs)) if path.exists()]
    columns = {"s": pl.Float64, "max_rss": pl.Float64}
    if not files:
        return pl.DataFrame(schema=columns)
    tables = [pl.read_csv(file, separator="\t", null_values=["-", "NA"], schema_overrides=columns) for file in files]
    return pl.concat([table.select(list(columns)) for table in tables])
