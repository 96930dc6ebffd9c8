from cambench.job import job
from cambench.report.terminal import guide

with job(snakemake) as run:  # noqa: F821
    print(guide(run.results))
