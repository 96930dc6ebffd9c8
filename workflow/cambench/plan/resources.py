"""What jobs ask a scheduler for: cores, memory and time by the work in them, more at each attempt."""

import functools
import math
import shutil
from collections.abc import Callable

import polars as pl
from snakemake.exceptions import IncompleteCheckpointException

from ..images.sizes import input_shape
from ..store.layout import shard_count
from ..store.stages import STAGES
from .run import Run, Wildcards

_JOB_MB = 2000  # a process with a network
_BATCH_MB = 1000  # a few batches of inputs of 224 x 224; more images than these it does not hold
_WITHOUT_ESTIMATE = 240  # minutes


class Resources:
    """Threads, memory, time and GPUs of a run's jobs."""

    def __init__(self, run: Run, cores: Callable[[], int | None] = lambda: None) -> None:
        """`cores` that the jobs of this machine share, None if they run elsewhere."""
        self._run, self._cores = run, cores

    def threads(self, stage: str) -> Callable[[Wildcards], int]:
        """Threads function: `compute.threads`, and more where the jobs of a stage are too few for all cores.

        Each has an equal share of the cores then. Jobs on a GPU wait for it and not for cores.
        """

        def function(wildcards: Wildcards) -> int:
            least, cores = int(self._run.config["compute"]["threads"]), self._cores()
            if cores is None or self.gpus:
                return least
            return max(least, cores // self._jobs(stage, wildcards.network))

        return function

    def memory(self, wildcards: Wildcards, attempt: int) -> int:
        """Resource function: megabytes; activations take more of them on larger inputs."""
        height, width = input_shape(self._run.config["networks"][wildcards.network]["preprocessing"])
        return attempt * math.ceil(_JOB_MB + _BATCH_MB * max(1, height * width / 224**2))

    def minutes(self, stage: str) -> Callable[[Wildcards, int], int]:
        """Resource function: three times what the estimate says, and ten minutes to start."""

        def function(wildcards: Wildcards, attempt: int) -> int:
            job = stage, getattr(wildcards, "network", ""), getattr(wildcards, "method", "")
            hours, jobs = self._estimated.get(job, (None, 1))
            if hours is None:
                return attempt * _WITHOUT_ESTIMATE
            busy = self._measuring(wildcards) if stage == "sensitivity" else jobs
            return attempt * math.ceil(10 + 180 * hours / busy)

        return function

    @functools.cached_property
    def gpus(self) -> int:
        """Number of GPUs that a job with a network asks for."""
        device = self._run.config["compute"]["device"]
        return int(device.startswith("cuda") or (device == "auto" and shutil.which("nvidia-smi") is not None))

    @functools.cache  # noqa: B019  there is one plan per process, and thousands of jobs ask
    def _jobs(self, stage: str, network: str) -> int:
        """Number of jobs of a stage that may run at the same time, those of a pilot if there is one.

        A network that is not described yet counts like the job's own.
        """
        rows = self._run.lists.first or self._run.images()

        def size(name: str, method: str | None) -> int:
            try:
                return self._run.shards(name, method)[stage]
            except IncompleteCheckpointException:
                return self._run.shards(network, method)[stage]

        which = self._run.pairs if "method" in STAGES[stage].per else [(name, None) for name in self._run.networks]
        return sum(shard_count(rows, size(name, method)) for name, method in which)

    def _measuring(self, wildcards: Wildcards) -> int:
        """Number of jobs of stage `sensitivity` that have an image to measure; the others have nothing to do."""
        rows = min(self._run.images(), self._run.config["sensitivity"]["images"])
        return shard_count(rows, self._run.shards(wildcards.network, wildcards.method)["sensitivity"])

    @functools.cached_property
    def _estimated(self) -> dict[tuple[str, str, str], tuple[float, int]]:
        """Hours and number of jobs by stage, network and method, where `snakemake estimate` was run before."""
        path = self._run.folder() / "estimate.csv"
        if not path.exists():
            return {}
        rows = pl.read_csv(path).with_columns(pl.col("network", "method").fill_null("")).iter_rows(named=True)
        return {(row["stage"], row["network"], row["method"]): (row["hours"], row["jobs"]) for row in rows}
