import polars as pl

from cambench.job import job
from cambench.report import captions, formats, tables
from cambench.results.bootstrap import Bootstrap
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, summary = run.params, pl.read_parquet(run.input.summary)
    steps = p.curves["pixels_per_step"] if p.curves else None
    settings = p.masking["space"], p.masking["order"], p.precision, Bootstrap(**p.bootstrap), steps, p.effect
    facts = captions.Facts(p.rejected, p.target, *settings)
    caption = captions.caption(pl.read_parquet(run.input.metrics), p.networks, run.networks, facts)
    for view in (tables.summary, tables.paper):
        shown = view(summary, p.networks, p.methods, caption)
        for kind, page in formats.render(shown).items():
            files.write_atomically(run.output[f"{shown.label}_{kind}"], page)
