import json
from pathlib import Path

import polars as pl

from cambench.job import job
from cambench.results import size
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    made = {name: digests["metrics"] for name, digests in run.params.made.items()}
    names = {path: " ".join(Path(path).with_suffix("").parts[-2:]) for path in run.input.tables}
    found = pl.concat([tables.read(path, settings=made[name]) for path, name in names.items()])
    wanted = {**run.params.wanted, "metrics": tuple(run.params.wanted["metrics"])}
    decided = size.decide(found, size.Wanted(**wanted))
    for line in size.notes(decided):
        run.say(line)
    files.write_atomically(run.output[0], json.dumps(decided, indent=2))
