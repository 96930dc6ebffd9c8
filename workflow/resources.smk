"""What jobs that take long ask a scheduler for: memory and time by the work in them, more at each attempt."""

import math

JOB_MB, IMAGE_MB = 3000, 0.6  # a process with a network; an image's pixels and its maps at the input's resolution
WITHOUT_ESTIMATE = 240  # minutes


@functools.cache
def estimated():
    """Hours of a job by stage, network and method, where `snakemake estimate` was run before."""
    path = Path(RESULTS, "estimate.csv")
    if not path.exists():
        return {}
    rows = pl.read_csv(path).with_columns(pl.col("model", "method").fill_null("")).iter_rows(named=True)
    return {(row["stage"], row["model"], row["method"]): row["hours"] / row["jobs"] for row in rows}


def memory(stage):
    """Resource function: megabytes."""

    def function(wildcards, attempt):
        start, stop = rows_of(stage, wildcards)
        return attempt * math.ceil(JOB_MB + IMAGE_MB * (stop - start))

    return function


def minutes(stage):
    """Resource function: three times what the estimate says, and ten minutes to start."""

    def function(wildcards, attempt):
        job = stage, getattr(wildcards, "model", ""), getattr(wildcards, "method", "")
        return attempt * math.ceil(10 + 180 * estimated()[job] if job in estimated() else WITHOUT_ESTIMATE)

    return function
