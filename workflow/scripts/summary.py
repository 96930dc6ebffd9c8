from cambench.job import job
from cambench.results import bootstrap, comparison, summary
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, tables.scan(run.input.metrics, run.params.table)
    resampled = bootstrap.resample(frame, list(p.networks), list(p.methods), bootstrap.Bootstrap(**p.bootstrap))
    table = summary.summarise(frame, resampled)
    tables.write(run.output.summary_parquet, table, p.summary)
    files.write_atomically(run.output.summary_csv, table.write_csv())
    for name, compared in comparison.compare(resampled)._asdict().items():
        files.write_atomically(run.output[name], compared.write_csv())
