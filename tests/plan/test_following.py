"""What is told of a run, with jobs and records as Snakemake has them."""

import json
import logging
from types import SimpleNamespace

import pytest
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.exceptions import IncompleteCheckpointException
from snakemake.logging import logger

from cambench.plan import following

TABLE = {"results": "results/test", "titles": {"networks": {"n": "N"}, "methods": {"m": "M"}}, "metrics": ["adcc"]}


class Dag:
    """Jobs by their numbers: those that have to run, and those that are there."""

    def __init__(self, needed, there=()):
        self.needed, self.there = dict(needed), dict(there)

    def __len__(self):
        return len(self.needed)

    @property
    def jobs(self):
        return [job(number, *what) for number, what in {**self.needed, **self.there}.items()]

    def needrun_jobs(self):
        return [job(number, *what) for number, what in self.needed.items()]


def job(number, rule, rows=None):
    return SimpleNamespace(jobid=number, rule=SimpleNamespace(name=rule), wildcards=SimpleNamespace(rows=rows))


def rows(stage):
    """Rows of a job, as a plan knows them once the images are listed."""

    def of(wildcards):
        if wildcards.rows is None:
            raise IncompleteCheckpointException(SimpleNamespace(name="manifest"), "manifest.parquet")
        return [10, 10 + wildcards.rows]

    return of


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = {"tables": {"confidence": 0.9}, "metrics": ["adcc"]}
    run = SimpleNamespace(rows=rows, results="results/test", config=config, titles=TABLE["titles"].get)
    return SimpleNamespace(run=run)


@pytest.fixture
def follower(tmp_path, plan, monkeypatch):
    """Followed jobs: `follower(dag, records)` gives what is told."""

    def told(dag, *records, local=True):
        workflow = SimpleNamespace(dag=dag, local_exec=local)
        handler = following.Follower(tmp_path / "told", workflow, plan)
        for record in ({"event": "workflow_started"}, *records):
            if callable(record):
                record(dag)
                continue
            made = logging.LogRecord("", record.get("level", logging.INFO), "", 0, record.get("text"), None, None)
            made.__dict__.update(record)
            handler.handle(made)
        handler.close()
        return [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]

    monkeypatch.setattr(logging, "raiseExceptions", True)
    return told


def begun(*jobs):
    return {"event": "job_started", "jobs": list(jobs)}


def ended(job):
    return {"event": "job_finished", "job_id": job}


def stages(lines):
    return [(line["stage"], line["done"], line["total"], line["running"]) for line in lines if "stage" in line]


def test_images_are_counted_by_stage_and_other_jobs_as_jobs(follower):
    dag = Dag({1: ("saliency", 4), 2: ("saliency", 2), 3: ("masked", 4), 4: ("tables",), 5: ("all",)})

    def lost(dag):
        del dag.needed[1]

    lines = follower(dag, begun(1, 2), ended(1), lost, begun(3), ended(2), begun(4), ended(4), begun(5), ended(5))
    assert stages(lines) == [
        ("saliency", 0, 6, 2),
        ("saliency", 4, 6, 1),
        ("masked", 0, 4, 1),
        ("saliency", 6, 6, 0),
        ("other jobs", 0, 1, 1),
        ("other jobs", 1, 1, 0),
        ("other jobs", 1, 1, 1),
        ("other jobs", 1, 1, 0),
    ]


def test_jobs_are_counted_again_when_images_are_known_or_jobs_have_come(follower):
    dag = Dag({1: ("manifest",), 2: ("metrics", None)})

    def listed(dag):
        dag.needed = {2: ("metrics", 9), 3: ("saliency", 9)}

    def more(dag):
        dag.needed = {2: ("metrics", 9), 4: ("saliency", 3)}

    lines = follower(
        dag,
        begun(1),
        ended(1),
        listed,
        begun(3),
        ended(3),
        more,
        lambda dag: dag.needed.update({5: ("tables",)}),
        begun(4),
    )
    assert stages(lines)[2:] == [("saliency", 0, 9, 1), ("saliency", 9, 9, 0), ("saliency", 9, 12, 1)]


@pytest.mark.parametrize("local", [True, False])
def test_jobs_that_fail_are_named_and_counted_once(follower, tmp_path, local):
    failed = {"event": "job_error", "jobid": 1, "rule_name": "saliency", "log": ["logs/1.log"], "level": logging.ERROR}
    lines = follower(Dag({1: ("saliency", 4)}), begun(1), failed, begun(1), ended(1), local=local)
    assert stages(lines) == [
        ("saliency", 0, 4, 1),
        ("saliency", 0, 4, 0),
        ("saliency", 0, 4, 1),
        ("saliency", 4, 4, 0),
    ]
    assert {"failed": "saliency", "logs": [str(tmp_path / "logs/1.log")], "here": local} in lines


def test_the_table_is_told_where_it_is_asked_for(follower, tmp_path):
    table = {**TABLE, "results": str(tmp_path / "results/test"), "confidence": 0.9}
    nothing = {"text": NOTHING_TO_BE_DONE_MSG}
    assert follower(Dag({}, {1: ("summary",), 2: ("all",)}), nothing) == [{"table": table}]
    assert follower(Dag({1: ("estimate",)}), begun(1))[1] == {"table": None}


def test_warnings_and_errors_are_told_but_for_what_is_told_otherwise(follower):
    lines = follower(
        Dag({}),
        {"text": "Select jobs to execute...", "level": logging.INFO},
        {"text": "a warning", "level": logging.WARNING},
        {"text": "locked", "level": logging.ERROR, "event": "error", "exception": "LockException"},
        {"text": "no", "level": logging.ERROR, "event": "error", "exception": "RuleException"},
        {"text": "Restored previous version of x (updating job failed).", "level": logging.WARNING},
    )
    assert lines == [{"said": "a warning"}, {"said": "locked"}]


def test_an_error_while_telling_does_not_end_the_run(follower, capsys):
    assert follower(Dag({}), ended(1), {"text": "a warning", "level": logging.WARNING}) == [{"said": "a warning"}]
    assert "KeyError: 1" in capsys.readouterr().err


@pytest.mark.parametrize("dryrun", [False, True])
def test_snakemake_is_silent_once_it_runs_unless_nobody_listens(plan, tmp_path, monkeypatch, dryrun):
    handler = logging.StreamHandler()
    handler.name = "DefaultStreamHandler"
    monkeypatch.setattr(logger, "handlers", [handler])
    workflow = SimpleNamespace(output_settings=SimpleNamespace(dryrun=dryrun), dag=Dag({}))
    assert following.follow(workflow, plan) is False
    monkeypatch.setenv(following.FILE, str(tmp_path / "told"))
    assert following.follow(workflow, plan) is not dryrun
    assert following.FILE not in following.os.environ  # or jobs would tell, too
    before, start, after = (
        logging.makeLogRecord({"msg": "x", "event": event}) for event in (None, "workflow_started", None)
    )
    logger.handlers[-1].close()
    assert [bool(handler.filter(record)) for record in (before, start, after)] == [True, dryrun, dryrun]
