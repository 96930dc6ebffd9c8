from cambench.job import job
from cambench.report import captions, formats, tables
from cambench.results.bootstrap import Bootstrap
from cambench.store import files
from cambench.store import tables as stored

with job(snakemake) as run:  # noqa: F821
    p = run.params
    summary = stored.read(run.input.summary, settings=p.summary)
    frame = stored.scan(run.input.metrics, p.table).select(captions.COLUMNS).collect()
    facts = captions.facts_of(p, Bootstrap(**p.bootstrap))
    caption = captions.caption(frame, p.networks, p.methods, run.networks, facts)
    for view in (tables.summary, tables.paper):
        shown = view(summary, p.networks, p.methods, caption)
        for kind, page in formats.render(shown).items():
            files.write_atomically(run.output[f"{shown.label}_{kind}"], page)
