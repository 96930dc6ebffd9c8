import polars as pl

from cambench import comparison, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)
    for name, table in comparison.compare(frame, list(p.models), list(p.methods), p.bootstrap).items():
        store.write_atomically(run.output[name], table.write_csv().encode())
