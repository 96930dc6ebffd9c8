from cambench.images import boxes, objects
from cambench.job import job
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    listed, p = tables.read(run.input.manifest), run.params
    tables.write(run.output[0], objects.table(listed, boxes.read(p.boxes), p.preprocessing), p.made)
