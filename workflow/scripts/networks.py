import json

from cambench.job import job
from cambench.networks.describe import describe
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    facts = describe(run.wildcards.network, run.settings, run.compute, run.threads, count=True)
    files.write_atomically(run.output[0], json.dumps(facts, indent=2))
