import polars as pl

from cambench import store
from cambench.job import job

with job(snakemake) as run, store.replacing(run.output[0]) as whole:  # noqa: F821
    pl.concat([pl.scan_parquet(path) for path in run.input.tables]).sink_parquet(whole)
