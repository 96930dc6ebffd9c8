import polars as pl

from cambench.job import job
from cambench.localisation import rows
from cambench.masks import Masking
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    p, parts = run.params, []
    objects = tables.scan(run.input.objects, p.objects)
    for block in rows.rows(run.read, run.rows, run.shapes, Masking(**p.scaling), objects, p.thresholds):
        parts.append(pl.DataFrame(block))
        run.advance(len(parts[-1]))
    tables.write(run.output[0], pl.concat(parts), p.made["localisation"])
