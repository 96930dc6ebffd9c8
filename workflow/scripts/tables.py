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
    short = captions.short(frame, p.networks, run.networks, facts)
    long = captions.caption(frame, p.networks, p.methods, run.networks, facts)
    said = summary, p.networks, p.methods, short, long
    ranks, judged = (stored.read_csv(run.input[name], run.results) for name in ("ranks_by_criterion", "judged_metrics"))
    views = tables.by_criterion(ranks, p.networks, p.methods), tables.judged(judged, p.networks)
    for shown in (tables.summary(*said), tables.paper(*said, p.intervals), *views):
        for kind, page in formats.render(shown).items():
            files.write_atomically(run.output[f"{shown.label}_{kind}"], page)
