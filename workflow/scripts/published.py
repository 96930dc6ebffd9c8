from cambench.job import job
from cambench.report import escape, formats, of_published, tables
from cambench.results import published, verdicts
from cambench.store import files
from cambench.store import tables as stored

with job(snakemake) as run:  # noqa: F821
    p = run.params
    summary = stored.read(run.input.summary, settings=p.summary)
    theirs, weights = published.read(run.input.published), published.read_weights(run.input.weights)
    obstacles = published.obstacles(summary, run.networks, weights, **p.settings, sample=p.sample)
    basis = verdicts.basis(p.settings["ours"]["run"], p.sample, p.bootstrap["confidence"])
    table = published.compare(summary, theirs, p.labels, obstacles, basis)
    files.write_atomically(run.output.csv, escape.csv(table))
    caption = of_published.caption(table, obstacles, p.networks, summary, basis)
    shown = tables.published(table, p.networks, of_published.short(table), caption)
    for kind, page in formats.render(shown).items():
        files.write_atomically(run.output[kind], page)
