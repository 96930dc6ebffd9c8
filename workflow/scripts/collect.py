import polars as pl

from cambench.job import job
from cambench.store import files

with job(snakemake) as run, files.replacing(run.output[0]) as whole:  # noqa: F821
    pl.concat([pl.scan_parquet(path) for path in run.input.tables]).sink_parquet(whole)
