from pathlib import Path

import polars as pl

from cambench import report, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    tables = {name: Path(run.input[name]).read_text() for name in run.params.tables}
    rejected, networks = pl.read_parquet(run.params.rejected), list(run.networks.values())
    page = report.page(tables, run.input.figures, networks, rejected, run.params.config)
    store.write_atomically(run.output[0], page.encode())
