from cambench.job import job
from cambench.report.figures import comparison, judging, scores, style
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    summary = tables.read(run.input.summary, settings=run.params.summary)
    titles = run.params.networks, run.params.methods
    paths = (run.input[name] for name in ("pairwise", "ranks", "kendall", "ranks_by_criterion"))
    pairwise, ranks, kendall, criteria = (tables.read_csv(path, run.results) for path in paths)
    style.save(scores.adcc(summary, *titles), run.output.adcc, run.output.adcc_pdf)
    style.save(scores.fooled(summary, *titles, run.params.trivial), run.output.fooled, run.output.fooled_pdf)
    style.save(comparison.pairwise(pairwise, *titles), run.output.pairwise, run.output.pairwise_pdf)
    style.save(comparison.ranks(ranks, kendall, *titles), run.output.ranks, run.output.ranks_pdf)
    style.save(judging.draw(ranks, criteria, *titles), run.output.judging, run.output.judging_pdf)
