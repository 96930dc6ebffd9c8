from cambench.job import job
from cambench.report import page
from cambench.report.contents import data, sources
from cambench.report.shown import pack, pictures
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    images = pack.pack(pictures.of_job(run, run.params.controls), run.params.shown)
    files.write_atomically(run.output[0], page.page(data.data(sources.of_job(run, images))))
