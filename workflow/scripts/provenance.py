import json
from pathlib import Path

from cambench.job import job
from cambench.provenance import record
from cambench.provenance.evidence import Evidence
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, results = run.params, Path(run.output.record).parent
    evidence = Evidence.of(results) if p.at_hand else Evidence()
    networks = list(run.networks.values())
    recorded = record.record(results, run.input.files, networks, p.config, p.modules, p.definitions, evidence)
    files.write_atomically(run.output.record, json.dumps(recorded, indent=2))
    crate = record.crate(results, recorded).metadata.generate()
    files.write_atomically(run.output.crate, json.dumps(crate, indent=2))
