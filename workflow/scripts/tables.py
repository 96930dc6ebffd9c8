import polars as pl

from cambench import captions, store, tables, views
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)
    summary = tables.summarise(frame, list(p.models), list(p.methods), p.bootstrap)
    store.write_parquet(run.output.summary_parquet, summary)
    store.write_atomically(run.output.summary_csv, summary.write_csv().encode())
    text = captions.caption(frame, p.models, run.networks, p)
    for name, view in (("summary", views.summary), ("paper", views.paper)):
        for kind, page in view(summary, p.models, p.methods, text).items():
            store.write_atomically(run.output[f"{name}_{kind}"], page.encode())
