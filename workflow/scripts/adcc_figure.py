import polars as pl

from cambench import figures
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    figure = figures.adcc(pl.read_parquet(run.input.summary), run.params.models, run.params.methods)
    figure.savefig(run.output[0], metadata={"Date": None})
