from cambench.images import objects
from cambench.job import job
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    listed, p = tables.read(run.input.manifest), run.params
    tables.write(run.output[0], objects.table(listed, objects.read(p.kind, p.place), p.preprocessing), p.made)
