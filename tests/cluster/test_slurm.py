"""The workflow through its Slurm profile, on a Slurm of this machine: `make test-all`."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import warm
from projects import make_small

pytestmark = pytest.mark.slurm
SCRIPT = Path(__file__).with_name("slurm.sh")
# A Slurm of one machine has no delays to wait for, and may have no more than two cores.
QUICK = ["--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "2"]
QUICK += ["--latency-wait", "5"]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A Slurm of this machine alone."""
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([SCRIPT, "start", folder], check=True)
    yield folder
    subprocess.run(["scancel", "--user", str(os.getuid())], check=False)
    subprocess.run([SCRIPT, "stop", folder], check=True)


@pytest.fixture(scope="module")
def clustered(slurm, tmp_path_factory):
    """A run through the profile."""
    project = make_small(tmp_path_factory.mktemp("clustered"))
    start = time.perf_counter()
    run(project)
    print(f"\n{len(accounts(project))} jobs in {time.perf_counter() - start:.0f} s")
    return project


# Grad-CAM, but the first job that draws a map takes longer than it may.
SLOW = """
import time
from pathlib import Path


def cam(batch, *, marker=""):
    if not Path(marker).exists():
        Path(marker).touch()
        time.sleep(300)
    A, g = batch.gradients()
    return (g.mean((2, 3), keepdim=True) * A).sum(1)
"""
# The first attempt has too little memory or time; those after it have enough.
SHORT = ["--set-resources", "predictions:mem_mb=50 if attempt == 1 else 3000", "saliency:runtime=attempt"]


METRICS = "results/test/metrics.parquet"  # all that every table is made of, in half the jobs


def command(project, *arguments, python=None):
    """A run through the profile; its jobs take the same Python, which starts at once if none is named."""
    profile = str(project.repo / "profiles" / "slurm")
    words = project.command("--profile", profile, *arguments, *QUICK, "--set-threads", "manifest=2")
    return [python or warm.python(), *words[1:]]


def in_the_open(path, rule):
    """A Python that starts at once, but for jobs of a rule, whose memory Slurm is to see."""
    real, (first, _, rest) = sys.executable, Path(warm.python()).read_text().partition("\n")
    path.write_text(f"""{first}
import os, sys
if any(word.startswith("{rule}:network=") or word.endswith(".{rule}.py") for word in sys.argv):
    os.execv({real!r}, [{real!r}, *sys.argv[1:]])
{rest}""")
    path.chmod(0o755)
    return str(path)


def run(project, *arguments):
    done = subprocess.run(command(project, *arguments), capture_output=True, text=True, cwd=project.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def states(project):
    """How jobs ended, by rule."""
    return {(rule_of(job), job["JobState"]) for job in accounts(project)}


def rule_of(job):
    found = re.search(r"rule_(\w+?)_wildcards|rule_(\w+)", job.get("Comment", ""))
    return found and (found[1] or found[2])


def accounts(project):
    """What Slurm knows of its jobs: rule, state, generic resources, minutes."""
    shown = subprocess.run(["scontrol", "show", "job", "-o"], capture_output=True, text=True, check=True).stdout
    return [dict(re.findall(r"(\w+)=(\S+)", line)) for line in shown.splitlines() if str(project.folder) in line]


def test_tables_equal_the_local_run(clustered, small_finished):
    assert clustered.tables() == small_finished.tables()
    assert clustered.planned() == {}


def test_gpus_are_asked_for_where_networks_run(clustered):
    jobs = accounts(clustered)
    assert jobs
    for job in jobs:
        network = rule_of(job) in ("networks", "machine", "predictions", "saliency", "masked", "curves")
        assert ("gpu" in job.get("TresPerJob", job.get("TresPerNode", ""))) == bool(network)
        assert job["Partition"] == ("gpu" if network else "cpu")


def same_metrics(project, other):
    return (project.folder / METRICS).read_bytes() == (other.folder / METRICS).read_bytes()


def test_faults_of_jobs_are_tried_again(slurm, small_finished, tmp_path):
    """Too little memory, too little time, a job cancelled: each is tried again, and the tables are the same."""
    project = make_small(tmp_path)
    (project.repo / "workflow/cambench/methods/slow.py").write_text(SLOW)
    project.config["methods"]["gradcam"] = {"cam": "slow", "settings": {"marker": str(tmp_path / "marker")}}
    with (tmp_path / "said").open("w") as said:
        words = command(project, METRICS, *SHORT, python=in_the_open(tmp_path / "python", "predictions"))
        running = subprocess.Popen(words, cwd=project.folder, stderr=said)
        cancelled = cancel(project, running, "images")
        assert running.wait(900) == 0, (tmp_path / "said").read_text()
    ended = states(project)
    print(sorted(ended))
    assert ("images", "CANCELLED") in ended, cancelled
    assert ("saliency", "TIMEOUT") in ended
    assert {("predictions", state) for state in ("OUT_OF_MEMORY", "FAILED", "CANCELLED")} & ended
    found, expected = (pl.read_parquet(made.folder / METRICS) for made in (project, small_finished))
    assert found.equals(expected)  # to the bit; but the file bears the digest of the method's settings, which differ


def cancel(project, running, rule):
    """Cancel the first job of a rule that runs."""
    while running.poll() is None:
        for job in accounts(project):
            if rule_of(job) == rule and job["JobState"] in ("RUNNING", "PENDING"):
                subprocess.run(["scancel", job["JobId"]], check=True)
                return job["JobId"]
        time.sleep(0.1)
    raise AssertionError(f"no job of {rule}")


def test_a_workflow_that_was_killed_goes_on(slurm, small_finished, tmp_path):
    """Its jobs stay in the queue; the next workflow neither waits for them nor is harmed by them."""
    project = make_small(tmp_path)
    running = subprocess.Popen(command(project, METRICS), cwd=project.folder, stderr=subprocess.DEVNULL)
    while running.poll() is None and not list(project.folder.glob("results/test/predictions/*.zarr/*/c/1")):
        time.sleep(0.1)
    running.kill()
    running.wait()
    project.run("--unlock")
    run(project, METRICS)
    assert same_metrics(project, small_finished)
    assert run(project, METRICS, "--dry-run").stdout.count("Nothing to be done") == 1
