import polars as pl

from cambench import comparison_figures, figures, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, names = run.params, (run.params.models, run.params.methods)
    summary, (pairwise, ranks, kendall) = pl.read_parquet(run.input.summary), map(pl.read_csv, run.input.comparison)
    drawn = {
        "adcc": figures.adcc(summary, *names),
        "fooled": figures.fooled(summary, *names, p.trivial),
        "pairwise": comparison_figures.pairwise(pairwise, *names),
        "ranks": comparison_figures.ranks(ranks, kendall, *names),
    }
    for name, figure in drawn.items():
        with store.replacing(run.output[name]) as path:
            figure.savefig(path, format="svg", metadata={"Date": None})
