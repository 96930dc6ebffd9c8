from cambench.job import job
from cambench.report.figures import layers as figure
from cambench.report.figures import style
from cambench.results import layers
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    table = tables.read_csv(run.input.table, run.results)
    style.save(figure.draw(table, layers.titles(run.params.layers), run.params.methods), *run.output)
