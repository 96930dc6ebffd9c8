"""The workflow through its Slurm profile, on a Slurm of this machine: `make test-slurm`."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from conftest import make_project

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
    project = make_project(tmp_path_factory.mktemp("clustered"))
    start = time.perf_counter()
    run(project)
    print(f"\n{len(accounts(project))} jobs in {time.perf_counter() - start:.0f} s")
    return project


def command(project, *arguments):
    profile = str(project.repo / "profiles" / "slurm")
    return project.command("--profile", profile, *QUICK, "--set-threads", "manifest=2", *arguments)


def run(project, *arguments):
    done = subprocess.run(command(project, *arguments), capture_output=True, text=True, cwd=project.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def accounts(project):
    """What Slurm knows of its jobs: rule, state, generic resources, minutes."""
    shown = subprocess.run(["scontrol", "show", "job", "-o"], capture_output=True, text=True, check=True).stdout
    return [dict(re.findall(r"(\w+)=(\S+)", line)) for line in shown.splitlines() if str(project.folder) in line]


def test_tables_equal_the_local_run(clustered, finished):
    assert clustered.tables() == finished.tables()
    assert clustered.planned() == {}


def test_gpus_are_asked_for_where_networks_run(clustered):
    jobs = accounts(clustered)
    assert jobs
    for job in jobs:
        rule = re.search(r"rule_(\w+?)_wildcards|rule_(\w+)", job.get("Comment", ""))
        network = rule and (rule[1] or rule[2]) in ("networks", "predictions", "saliency", "masked", "curves")
        assert ("gpu" in job.get("TresPerJob", job.get("TresPerNode", ""))) == bool(network)
        assert job["Partition"] == ("gpu" if network else "cpu")
