import polars as pl

from cambench import metrics, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    settings = (
        run.network["input"],
        run.params.relu,
        run.params.order,
        run.points,
        run.params.area,
        run.params.second,
    )
    parts = [pl.DataFrame(metrics.rows(run.read, block, *settings)) for block in run.blocks()]
    names = [pl.lit(run.wildcards[name]).alias(name) for name in ("model", "method")]
    store.write_parquet(run.output[0], pl.concat(parts).select(*names, pl.all()))
