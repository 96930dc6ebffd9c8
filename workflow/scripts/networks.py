import json

from cambench import networks, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    facts = networks.describe(run.wildcards.model, run.params.model, run.compute, run.threads, measure=True)
    store.write_atomically(run.output[0], json.dumps(facts, indent=2).encode())
