"""The commands that run Snakemake, on a finished run of which something is missing."""

import signal
import subprocess
import sys

import pytest
import warm


def command(project, *words, python=None):
    """The command `cambench WORD test.yaml ...` in a project's folder, with the project's copy of the workflow."""
    project.arguments()  # writes the configuration
    call = [python or warm.python(), "-m", "cambench", words[0], "test.yaml", *words[1:]]
    return subprocess.run(call, cwd=project.folder, capture_output=True, text=True)


def test_progress_is_shown_and_no_table_that_is_not_asked_for(copy):
    lost = copy.results / "metrics" / "tiny" / "gradcam.parquet"
    lost.unlink()
    done = command(copy, "run", "--cores", "2", str(lost.relative_to(copy.folder)))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith("metrics: 9 of 9 images, ")
    assert lost.exists()


def test_only_a_run_ends_with_a_table(copy):
    (copy.results / "tables" / "summary.md").unlink()
    planned = command(copy, "run", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "Job stats:" in planned.stdout
    assert "Where to look" not in planned.stdout
    found = command(copy, "verify")
    assert found.returncode == 1
    assert found.stdout.startswith("results/test/tables/summary.md: is missing; mend: (cd ")
    assert found.stderr == ""
    done = command(copy, "run", "--cores", "2")
    assert done.returncode == 0, done.stderr
    assert "\ntiny: 9 images" in f"\n{done.stdout}"
    assert done.stdout.count("Where to look") == 1
    assert "  results/test/report/index.html " in done.stdout
    again = command(copy, "run")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == done.stdout


def test_what_a_job_says_is_shown_with_its_log(copy):
    (copy.results / "metrics" / "tiny" / "gradcam.parquet").write_text("damaged")
    (copy.results / "metrics.parquet").unlink()
    done = command(copy, "run", "--cores", "2")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cambench: results/test/metrics/tiny/gradcam.parquet: " in done.stderr
    assert "collect failed; its log: results/test/logs/collect.log" in done.stderr
    assert done.stdout == ""


def test_a_mistake_in_the_configuration_is_one_line(copy):
    copy.config["methods"]["gradcam"]["cam"] = "gradcm"
    line = "config: methods.gradcam: no method 'gradcm'; did you mean 'gradcam'?\n"
    for name in ("run", "check", "estimate", "verify"):
        done = command(copy, name)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


@pytest.mark.long
def test_a_run_that_was_stopped_goes_on(small_project):
    small_project.arguments()
    call = [sys.executable, "-m", "cambench", "run", "test.yaml", "--cores", "2"]
    process = subprocess.Popen(call, cwd=small_project.folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline()  # the first job has ended
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert said.endswith("Stopped. The same command goes on where it was.\n")
    assert "Traceback" not in said
    done = command(small_project, "run", "--cores", "2")
    assert done.returncode == 0, done.stderr
    assert "tiny: 6 images" in done.stdout
