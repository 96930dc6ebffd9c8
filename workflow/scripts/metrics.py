import polars as pl

from cambench.job import job
from cambench.masks import Masking
from cambench.stages import metrics
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    p, parts = run.params, []
    masking = Masking(**p.scaling)
    for block in metrics.rows(run.read, run.rows, run.shapes, masking, p.area, p.precision, p.has_masked_maps):
        parts.append(pl.DataFrame(block))
        run.advance(len(parts[-1]))
    names = [pl.lit(run.wildcards[name]).alias(name) for name in ("network", "method")]
    tables.write(run.output[0], pl.concat(parts).select(*names, pl.all()), p.made["metrics"])
