import json
from pathlib import Path

from cambench.job import job
from cambench.results import cost
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    frame = tables.read(run.input.metrics)
    peak = json.loads(Path(run.input.machine).read_text(encoding="utf-8"))["peak"]
    table = cost.measure(frame, run.results / "benchmarks", run.networks, run.params.shards, peak)
    files.write_atomically(run.output[0], table.write_csv())
