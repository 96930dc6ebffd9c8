import polars as pl

from cambench.job import job
from cambench.report import formats, tables
from cambench.results import published
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    summary, weights = pl.read_parquet(run.input.summary), dict(pl.read_csv(run.input.weights).rows())
    images = dict(summary.select("network", "images").rows())
    obstacles = published.obstacles(images, run.networks, weights, run.params.settings)
    table = published.compare(summary, pl.read_csv(run.input.published), run.params.labels, obstacles)
    files.write_atomically(run.output.csv, table.write_csv())
    for kind, page in formats.render(tables.published(table, run.params.networks, obstacles)).items():
        files.write_atomically(run.output[kind], page)
