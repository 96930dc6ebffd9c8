from pathlib import Path

import polars as pl

from cambench.images import decode
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    start, stop = run.rows
    rows = pl.read_parquet(run.input.manifest).slice(start, stop - start).to_dicts()
    run.write("images", decode.decode(rows, Path(run.params.root), run.params.preprocessing))
