from cambench.job import job
from cambench.report import escape
from cambench.results import classes
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    frame = tables.scan(run.input.metrics, run.params.table)
    table = classes.by_class(frame, run.params.networks, files.read_json(run.input.classes, run.params.networks))
    files.write_atomically(run.output[0], escape.csv(table))
