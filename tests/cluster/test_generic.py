"""The workflow through the template for other schedulers, with PBS's commands as a scheduler of one machine has them.

What is real here is the profile, the executor and the jobs; `qsub`, `qstat` and `qdel` are scripts that start, tell and
stop processes as PBS's own do.
"""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest
import warm
from projects import make_small

pytestmark = pytest.mark.slurm
COMMANDS = {
    # Prints the job's number; what it was asked for is kept, and how it ended.
    "qsub": """
        number=$(mktemp "$PBS_TEST/XXXXXX")
        echo "$@" >"$number.asked"
        (
            setsid sh "${@: -1}" >"$number.log" 2>&1 &
            echo $! >"$number.pid"
            wait $!
            echo $? >"$number.ended"
        ) >/dev/null 2>&1 &
        basename "$number"
    """,
    "qstat": """
        ended=$PBS_TEST/${@: -1}.ended
        echo "Job Id: ${@: -1}"
        if [ -s "$ended" ]; then printf "    job_state = F\\n    Exit_status = %s\\n" "$(cat "$ended")"
        else printf "    job_state = R\\n"; fi
    """,
    "qdel": """
        kill -- "-$(cat "$PBS_TEST/$1.pid")"
    """,
}
NETWORKS = ("networks", "predictions", "channel_scores", "saliency", "masked")  # rules that run one
METRICS = "results/test/metrics/tiny/gradcam.parquet"
# The first attempt to predict a class ends as a job does that the scheduler has killed.
KILLED = """
    if snakemake.resources.mem_mb < 6000:
        raise SystemExit(137)
"""


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """Folder in which the scheduler keeps its jobs; its commands come first in PATH."""
    folder, commands = tmp_path / "pbs", tmp_path / "bin"
    folder.mkdir()
    commands.mkdir()
    for name, text in COMMANDS.items():
        (commands / name).write_text(f"#!/usr/bin/env bash\n{textwrap.dedent(text)}")
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("PBS_TEST", str(folder))
    return folder


def asked(scheduler):
    """What each job was asked for, by rule."""
    lines = [file.read_text().split() for file in scheduler.glob("*.asked")]
    return [(line[line.index("-N") + 1], line) for line in lines]


def test_metrics_equal_the_local_run(scheduler, small_finished, tmp_path):
    project = make_small(tmp_path / "project")
    script = project.repo / "workflow/scripts/predictions.py"
    script.write_text(script.read_text() + KILLED)
    quick = ["--latency-wait", "5", "--seconds-between-status-checks", "1", "--set-threads", "manifest=1"]
    command = project.command("--profile", str(project.repo / "profiles/generic"), METRICS, *quick)[1:]
    done = subprocess.run([warm.python(), *command], capture_output=True, text=True, cwd=project.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(project.folder, METRICS).read_bytes() == Path(small_finished.folder, METRICS).read_bytes()
    memory = []
    for rule, line in asked(scheduler):
        resources = next(word for word in line if word.startswith("select="))
        assert resources.endswith(f"ngpus={int(rule in NETWORKS)}")
        assert line[line.index("-q") + 1] == ("gpu" if rule in NETWORKS else "cpu")
        memory += [resources.split(":")[2]] * (rule == "predictions")
    assert sorted(memory) == ["mem=3000mb"] * 2 + ["mem=6000mb"] * 2
    ended = [Path(file).read_text().strip() for file in scheduler.glob("*.ended")]
    assert len([status for status in ended if status != "0"]) == 2
