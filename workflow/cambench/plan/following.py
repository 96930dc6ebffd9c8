"""Tell `cambench run` what Snakemake does: lines of JSON in a file, in the place of Snakemake's own messages.

One object per line:

- `{"table": {...}}`: what `report.terminal.after` needs to show the run's table; null if it is not asked for.
- `{"stage": NAME, "total": N, "done": N, "running": JOBS}`: in images for stages, and in jobs for the others.
- `{"failed": RULE, "logs": [...], "here": BOOL}`: `here` if what the job printed came through.
- `{"said": TEXT}`: a warning or an error of Snakemake's.
"""

import json
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.exceptions import IncompleteCheckpointException
from snakemake.logging import logger

from ..store.stages import STAGES
from .plan import Plan

FILE = "CAMBENCH_FOLLOWED"  # environment variable
OTHERS = "other jobs"
_SNAKEMAKE = "DefaultStreamHandler"  # the handler that prints Snakemake's messages
_TOLD = {"RuleException", "CalledProcessError", "SpawnedJobError"}  # errors of a job, which `failed` tells
_NOISE = ("Restored previous version of", "Exiting because a job execution failed")


def follow(workflow: Any, plan: Plan) -> bool:
    """Begin to tell, if `cambench run` has started this process to run jobs; **returns** whether it has.

    Jobs that this process starts do not tell again. What else Snakemake can do, such as a dry run, it says itself.
    """
    file = os.environ.pop(FILE, None)
    if file is None or workflow.output_settings.dryrun:
        return False
    follower = Follower(Path(file), workflow, plan)
    logger.addHandler(follower)
    for handler in logger.handlers:
        if handler.name == _SNAKEMAKE:
            handler.addFilter(follower.leaves)
    return True


class Follower(logging.Handler):
    """Writes the lines. It reads the jobs where Snakemake has started some, in the thread that changes them."""

    def __init__(self, file: Path, workflow: Any, plan: Plan) -> None:
        super().__init__()
        self._file = file.open("a", encoding="utf-8", buffering=1)
        self._workflow, self._plan, self._runs, self._size = workflow, plan, False, -1
        self._left: dict[int, int | None] = {}  # rows of the jobs that were there at the last count, by their numbers
        self._jobs: dict[int, tuple[str, int]] = {}  # stage and rows of all jobs
        self._total, self._done, self._running = Counter[str](), Counter[str](), Counter[str]()

    def leaves(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake prints a record itself: what it says before it runs anything."""
        self._runs |= _event(record) == "workflow_started"
        return not self._runs

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a record what concerns a user; an error here must not end the run."""
        try:
            if not self.leaves(record):
                self._take(record, _event(record))
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Close the file, as Snakemake does at its end."""
        self._file.close()
        super().close()

    def _take(self, record: Any, event: str) -> None:
        if event == "job_started":
            self._count()
            self._move(record.jobs, running=1)
        elif event == "job_finished":
            self._move([record.job_id], running=-1, done=1)
        elif event == "job_error":
            self._move([record.jobid], running=-1)
            logs = [os.path.abspath(path) for path in record.log]
            self._tell(failed=record.rule_name, logs=logs, here=bool(self._workflow.local_exec))
        elif record.getMessage() == NOTHING_TO_BE_DONE_MSG:
            self._place()
        elif _concerns_users(record):
            self._tell(said=record.getMessage())

    def _count(self) -> None:
        """Count what there is to do, if jobs have come or gone since, or the images of some were not known."""
        dag = self._workflow.dag
        if len(dag) == self._size and None not in self._left.values():
            return
        if self._size < 0:
            self._place()
        self._size = len(dag)
        self._left = {job.jobid: self._rows(job) for job in dag.needrun_jobs()}
        self._jobs |= {job.jobid: (self._stage(job), self._left[job.jobid] or 0) for job in dag.needrun_jobs()}
        self._total = self._done.copy()
        for job, rows in self._left.items():
            self._total[self._jobs[job][0]] += rows or 0

    def _stage(self, job: Any) -> str:
        return str(job.rule.name) if job.rule.name in STAGES else OTHERS

    def _rows(self, job: Any) -> int | None:
        """Number of a job's images, None before they are listed; 1 of another job."""
        if job.rule.name not in STAGES:
            return int(job.rule.name != "all")
        try:
            first, end = self._plan.run.rows(job.rule.name)(job.wildcards)
        except IncompleteCheckpointException:  # such a job cannot start yet
            return None
        return end - first

    def _move(self, jobs: list[int], running: int, done: int = 0) -> None:
        """Tell of stages whose jobs have started or ended."""
        for stage, rows in (self._jobs[job] for job in jobs):
            self._running[stage] += running
            self._done[stage] += done * rows
        for stage in {self._jobs[job][0]: None for job in jobs}:
            counts = {"total": self._total[stage], "done": self._done[stage], "running": self._running[stage]}
            self._tell(stage=stage, **counts)

    def _place(self) -> None:
        run, rules = self._plan.run, {job.rule.name for job in self._workflow.dag.jobs}
        titles = {kind: run.titles(kind) for kind in ("networks", "methods")}
        table = {"results": str(Path(run.results).absolute()), "titles": titles, "metrics": run.config["metrics"]}
        self._tell(table=table | {"confidence": run.config["tables"]["confidence"]} if "summary" in rules else None)

    def _tell(self, **what: Any) -> None:
        self._file.write(f"{json.dumps(what)}\n")


def _concerns_users(record: logging.LogRecord) -> bool:
    """Whether a record is a warning or an error that nothing else tells."""
    told = getattr(record, "exception", None) in _TOLD or record.getMessage().startswith(_NOISE)
    return record.levelno >= logging.WARNING and not told


def _event(record: logging.LogRecord) -> str:
    return str(getattr(record, "event", None) or "")
