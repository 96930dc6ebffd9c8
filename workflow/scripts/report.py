from pathlib import Path

from cambench.job import job
from cambench.report.page import TABLES, Contents, page
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    p, paths = run.params, run.input
    contents = Contents(
        config=p.config,
        tables={name: Path(path).read_text(encoding="utf-8") for name, path in paths.items() if name in TABLES},
        cost=tables.read_csv(paths.cost, run.results),
        figures=paths.figures,
        facts=run.networks,
        rejected=tables.read(paths.rejected),
        networks=p.networks,
        methods=p.methods,
        trivial=p.trivial,
    )
    files.write_atomically(run.output[0], page(contents))
