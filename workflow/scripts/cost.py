from cambench.job import job
from cambench.results import cost
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    frame = tables.scan(run.input.metrics, run.params.table)
    peak = files.read_json(run.input.machine, ["peak"])["peak"]
    shared = cost.Shared.of(run.config, run.params.scored)
    at, threads = run.results / "benchmarks", run.compute["threads"]
    table = cost.measure(frame, at, run.networks, run.params.shards, peak, shared, threads)
    files.write_atomically(run.output[0], table.write_csv())
