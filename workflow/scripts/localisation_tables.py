from cambench.job import job
from cambench.report import formats, of_localisation
from cambench.results import localisation
from cambench.results.bootstrap import Bootstrap
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    p = run.params
    pairs = {tuple(pair.split()): made["localisation"] for pair, made in p.made.items()}
    each = zip(pairs.items(), run.input.tables, strict=True)
    found = localisation.summarise(
        {pair: tables.scan(path, made) for (pair, made), path in each}, Bootstrap(**p.bootstrap)
    )
    files.write_atomically(run.output.csv, found.write_csv())
    for kind, page in formats.render(of_localisation.view(found, p.networks, p.methods)).items():
        files.write_atomically(run.output[kind], page)
