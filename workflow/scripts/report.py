import json
from pathlib import Path

import polars as pl

from cambench import report, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    networks = [json.loads(Path(path).read_text()) for path in run.input.networks]
    rejected, table = pl.read_parquet(run.params.rejected), Path(run.input.table).read_text()
    page = report.page(table, run.input.figures, networks, rejected, run.params.config)
    store.write_atomically(run.output[0], page.encode())
