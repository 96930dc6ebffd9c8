import json

from cambench.job import job
from cambench.networks.describe import describe
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    facts = describe(run.wildcards.network, run.settings, run.compute, run.threads, count=True)
    names = {"network": run.wildcards.network, "names": facts.pop("class_names", None)}
    files.write_atomically(run.output.classes, json.dumps(names))
    files.write_atomically(run.output[0], json.dumps(facts, indent=2))
