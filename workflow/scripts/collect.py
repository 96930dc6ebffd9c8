from pathlib import Path

import polars as pl

from cambench.job import job
from cambench.results import columns
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    made = {name: digests["metrics"] for name, digests in run.params.made.items()}
    found = [tables.scan(path, made[" ".join(Path(path).with_suffix("").parts[-2:])]) for path in run.input.tables]
    notes = columns.notes(found[0].collect_schema().names())
    tables.write(run.output[0], pl.concat(found), run.params.table, notes)
