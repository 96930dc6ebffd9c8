import json

from cambench.job import job
from cambench.networks import machine
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    files.write_atomically(run.output[0], json.dumps(machine.measure(run.compute, run.threads), indent=2))
