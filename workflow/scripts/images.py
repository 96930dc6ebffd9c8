from pathlib import Path

from cambench.images import decode
from cambench.job import job
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    start, stop = run.rows
    rows = tables.read(run.input.manifest).slice(start, stop - start).to_dicts()
    run.write("images", decode.decode(rows, Path(run.params.root), run.params.preprocessing))
