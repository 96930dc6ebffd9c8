"""What jobs that take long ask a scheduler for: memory and time by the work in them, more at each attempt."""

import math

JOB_MB = 3000  # a process with a network; it holds a few batches, however many images it goes through
WITHOUT_ESTIMATE = 240  # minutes


@functools.cache
def estimated():
    """Hours of a job by stage, network and method, where `snakemake estimate` was run before."""
    path = Path(RESULTS, "estimate.csv")
    if not path.exists():
        return {}
    rows = pl.read_csv(path).with_columns(pl.col("model", "method").fill_null("")).iter_rows(named=True)
    return {(row["stage"], row["model"], row["method"]): row["hours"] / row["jobs"] for row in rows}


def memory(wildcards, attempt):
    """Resource function: megabytes."""
    return attempt * JOB_MB


def minutes(stage):
    """Resource function: three times what the estimate says, and ten minutes to start."""

    def function(wildcards, attempt):
        job = stage, getattr(wildcards, "model", ""), getattr(wildcards, "method", "")
        return attempt * math.ceil(10 + 180 * estimated()[job] if job in estimated() else WITHOUT_ESTIMATE)

    return function
