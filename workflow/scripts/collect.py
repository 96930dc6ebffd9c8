import polars as pl

from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    pl.concat([pl.scan_parquet(path) for path in run.input.tables]).sink_parquet(run.output[0])
