from pathlib import Path

import polars as pl

from cambench import cost, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)
    table = cost.measure(frame, Path(p.benchmarks), run.networks, p.sizes)
    store.write_atomically(run.output[0], table.write_csv().encode())
