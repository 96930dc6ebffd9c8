import polars as pl

from cambench.job import job
from cambench.results import cost
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    frame = pl.read_parquet(run.input.metrics)
    table = cost.measure(frame, run.results / "benchmarks", run.networks, run.params.shards)
    files.write_atomically(run.output[0], table.write_csv())
