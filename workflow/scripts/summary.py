import polars as pl

from cambench.job import job
from cambench.results import bootstrap, comparison, summary
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)
    resampled = bootstrap.resample(frame, list(p.networks), list(p.methods), bootstrap.Bootstrap(**p.bootstrap))
    table = summary.summarise(frame, resampled)
    files.write_parquet(run.output.summary_parquet, table)
    files.write_atomically(run.output.summary_csv, table.write_csv())
    for name, compared in comparison.compare(resampled)._asdict().items():
        files.write_atomically(run.output[name], compared.write_csv())
