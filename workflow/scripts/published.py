import polars as pl

from cambench import published, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    summary, weights = pl.read_parquet(run.input.summary), dict(pl.read_csv(run.input.weights).rows())
    images = dict(summary.select("model", "images").rows())
    obstacles = published.obstacles(images, run.networks, weights, run.params.settings)
    table = published.compare(summary, pl.read_csv(run.input.published), run.params.labels, obstacles)
    store.write_atomically(run.output.csv, table.write_csv().encode())
    for kind, page in published.view(table, run.params.models, obstacles).items():
        store.write_atomically(run.output[kind], page.encode())
