from cambench.job import job
from cambench.results import bootstrap, comparison, judging, judging_metrics, summary
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, tables.scan(run.input.metrics, run.params.table)
    resampled = bootstrap.resample(frame, list(p.networks), list(p.methods), bootstrap.Bootstrap(**p.bootstrap))
    table = summary.summarise(frame, resampled)
    tables.write(run.output.summary_parquet, table, p.summary)
    files.write_atomically(run.output.summary_csv, table.write_csv())
    compared, known = comparison.compare(resampled)._asdict(), judging.Known(**p.known)
    compared["ranks_by_criterion"] = judging.ranks_by_criterion(compared["ranks"])
    compared["gains"] = judging.gains(table, known)
    compared["judged_metrics"] = judging_metrics.judge(frame, table, known)
    for name, found in compared.items():
        files.write_atomically(run.output[name], found.write_csv())
