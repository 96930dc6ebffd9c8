"""What jobs ask a scheduler for: memory and time by the work in them, more at each attempt."""

import functools
import math
import shutil
from collections.abc import Callable

import polars as pl

from ..images.sizes import input_shape
from .run import Run, Wildcards

_JOB_MB = 2000  # a process with a network
_BATCH_MB = 1000  # a few batches of inputs of 224 x 224; more images than these it does not hold
_WITHOUT_ESTIMATE = 240  # minutes


class Resources:
    """Memory, time and GPUs of a run's jobs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def memory(self, wildcards: Wildcards, attempt: int) -> int:
        """Resource function: megabytes; activations take more of them on larger inputs."""
        height, width = input_shape(self._run.config["networks"][wildcards.network]["preprocessing"])
        return attempt * math.ceil(_JOB_MB + _BATCH_MB * max(1, height * width / 224**2))

    def minutes(self, stage: str) -> Callable[[Wildcards, int], int]:
        """Resource function: three times what the estimate says, and ten minutes to start."""

        def function(wildcards: Wildcards, attempt: int) -> int:
            job = stage, getattr(wildcards, "network", ""), getattr(wildcards, "method", "")
            hours = self._estimated.get(job)
            return attempt * (_WITHOUT_ESTIMATE if hours is None else math.ceil(10 + 180 * hours))

        return function

    @functools.cached_property
    def gpus(self) -> int:
        """Number of GPUs that a job with a network asks for."""
        device = self._run.config["compute"]["device"]
        return int(device.startswith("cuda") or (device == "auto" and shutil.which("nvidia-smi") is not None))

    @functools.cached_property
    def _estimated(self) -> dict[tuple[str, str, str], float]:
        """Hours of a job by stage, network and method, where `snakemake estimate` was run before."""
        path = self._run.folder() / "estimate.csv"
        if not path.exists():
            return {}
        rows = pl.read_csv(path).with_columns(pl.col("network", "method").fill_null("")).iter_rows(named=True)
        return {(row["stage"], row["network"], row["method"]): row["hours"] / row["jobs"] for row in rows}
