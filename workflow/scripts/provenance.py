import json
from pathlib import Path

from cambench import record, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, results = run.params, Path(run.output.record).parent
    networks = list(run.networks.values())
    recorded = record.record(results, p.files, networks, p.config, p.modules)
    store.write_atomically(run.output.record, json.dumps(recorded, indent=2).encode())
    written = json.dumps(record.crate(results, recorded).metadata.generate(), indent=2)
    store.write_atomically(run.output.crate, written.encode())
