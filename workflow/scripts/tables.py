import polars as pl

from cambench import formats, store, tables
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)
    summary = tables.summarise(frame, list(p.models), list(p.methods), p.bootstrap)
    store.write_parquet(run.output.parquet, summary)
    store.write_atomically(run.output.csv, summary.write_csv().encode())
    caption = formats.caption(summary, p.models, p)
    for kind, text in formats.render(summary, p.models, p.methods, caption).items():
        store.write_atomically(run.output[kind], text.encode())
