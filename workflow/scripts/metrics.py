import polars as pl

from cambench.job import job
from cambench.masks import Masking
from cambench.results import columns
from cambench.stages import metrics
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    p, parts = run.params, []
    masking = Masking(**p.scaling)
    settings = p.area, p.precision, p.has_masked_maps, list(p.metrics)
    objects = tables.scan(run.input.objects, p.objects) if p.objects else None
    for block in metrics.rows(run.read, run.rows, run.shapes, masking, *settings, objects, p.others):
        parts.append(pl.DataFrame(block))
        run.advance(len(parts[-1]))
    names = [pl.lit(run.wildcards[name]).alias(name) for name in ("network", "method")]
    table = pl.concat(parts).select(*names, pl.all())
    tables.write(run.output[0], table, p.made["metrics"], columns.notes(table.columns))
