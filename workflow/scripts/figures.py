from cambench.job import job
from cambench.report.figures import comparison, scores, style
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    summary = tables.read(run.input.summary, settings=run.params.summary)
    titles = run.params.networks, run.params.methods
    paths = (run.input[name] for name in ("pairwise", "ranks", "kendall"))
    pairwise, ranks, kendall = (tables.read_csv(path, run.results) for path in paths)
    style.save(scores.adcc(summary, *titles), run.output.adcc)
    style.save(scores.fooled(summary, *titles, run.params.trivial), run.output.fooled)
    style.save(comparison.pairwise(pairwise, *titles), run.output.pairwise)
    style.save(comparison.ranks(ranks, kendall, *titles), run.output.ranks)
