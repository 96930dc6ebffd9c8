"""Snakemake's arguments, and what comes of its process, with a program in its place that a test writes."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from cambench import paths
from cambench.command import _snakemake
from cambench.errors import InputError

TABLE = {"results": "results/test", "titles": {}, "metrics": [], "confidence": 0.95}


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A working folder with a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    (tmp_path / "my.yaml").write_text("run: mine")
    return "my.yaml"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Write the program that runs in Snakemake's place; `tell(...)` tells what it does."""

    def write(body):
        (tmp_path / "snakemake").mkdir(exist_ok=True)
        start = "import json, os, signal, sys, time\n"
        start += "def tell(**what): print(json.dumps(what), file=open(os.environ['CAMBENCH_FOLLOWED'], 'a'))\n"
        (tmp_path / "snakemake" / "__main__.py").write_text(start + body)
        (tmp_path / "snakemake" / "__init__.py").touch()

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(tmp_path)
    return write


def test_all_cores_are_used_unless_the_options_say_otherwise(config):
    start = ["--snakefile", str(paths.snakefile())]
    assert _snakemake.arguments(config, []) == [*start, "--cores", "all", "--configfile", config]
    for given in (["-c2"], ["-j", "4"], ["--cores=8"], ["--jobs", "3"], ["--profile", "slurm"]):
        assert _snakemake.arguments(config, given) == [*start, *given, "--configfile", config]
    plain = ["--config", "run=other", "--dry-run"]
    assert _snakemake.arguments(config, plain) == [*start, "--cores", "all", *plain, "--configfile", config]


def test_a_profile_of_the_environment_says_how_many_cores(config, monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "slurm")
    assert "--cores" not in _snakemake.arguments(config, [])


def test_targets_come_first_for_options_with_several_values_would_take_them(config):
    assert _snakemake.arguments(config, [], "verify")[0] == "verify"


def test_another_configuration_changes_keys_of_the_first(config, tmp_path):
    (tmp_path / "other.yaml").write_text("run: other")
    given = _snakemake.arguments(config, ["--configfile", "other.yaml", "--keep-going"])
    assert given[-4:] == ["--configfile", config, "other.yaml", "--keep-going"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--configfile", "lost.yaml"], "lost.yaml: No such file or directory"),
        (["--config", "run=other", "sample", "-n"], "--config sample: is not KEY=VALUE, such as run=other"),
    ],
)
def test_options_that_snakemake_would_answer_with_a_traceback_are_refused(config, options, said):
    with pytest.raises(InputError) as refused:
        _snakemake.arguments(config, options)
    assert str(refused.value) == said


def test_configurations_that_come_along_have_names(config, tmp_path):
    found = _snakemake.configuration("demo")
    assert yaml.safe_load(found.read_text())["run"] == "demo"
    (tmp_path / "demo").write_text("run: mine")
    assert _snakemake.configuration("demo").read_text() == "run: mine"
    with pytest.raises(InputError, match=r"lost: no such file; .* demo, imagenet, lite, "):
        _snakemake.configuration("lost")


def test_progress_and_what_is_printed_are_shown(program, capfd):
    program(
        "print('Using profile x and workflow specific profile y for setting default command line arguments.', "
        "file=sys.stderr)\n"
        "print('said by a job', file=sys.stderr, flush=True)\nprint('a result', flush=True)\n"
        "tell(stage='saliency', total=8, done=0, running=1)\ntell(stage='saliency', total=8, done=8, running=0)\n"
        f"tell(table={TABLE})\nsys.exit(3)"
    )
    assert _snakemake.run([]) == (3, False, TABLE)
    out, error = capfd.readouterr()
    assert out == "a result\n"
    lines = error.splitlines()
    assert "said by a job" in lines
    assert any(line.startswith("saliency: 8 of 8 images") for line in lines)
    assert len(lines) == 2


def test_the_usage_of_snakemake_is_left_out_and_no_other(program, capfd):
    program(
        "sys.stderr.write('usage: __main__.py [-h]\\n    [--dry-run]\\n__main__.py: error: no such option: -x\\n')\n"
        "sys.stderr.write('usage: mine\\n  [-h]\\n')\nsys.exit(2)"
    )
    assert _snakemake.run([]).status == 2
    assert capfd.readouterr().err.splitlines() == ["snakemake: no such option: -x", "usage: mine", "  [-h]"]


def test_a_job_that_failed_is_named_with_its_log(program, tmp_path, capfd):
    (tmp_path / "job.log").write_text("threads: 2\nsaliency:  40%|####      | 4/10\rValueError: no\n")
    log = str(tmp_path / "job.log")
    program(
        f"tell(failed='saliency', logs=[{log!r}], here=False)\ntell(failed='masked', logs=[{log!r}], here=True)\n"
        "tell(said='WorkflowError:\\nAt least one job did not complete successfully.')\nsys.exit(1)"
    )
    assert _snakemake.run([]).status == 1
    assert capfd.readouterr().err.splitlines() == [
        "saliency failed; its log: job.log",
        "threads: 2",
        "ValueError: no",
        "masked failed; its log: job.log",  # what it printed came through
        "WorkflowError:",
        "At least one job did not complete successfully.",
    ]
    assert _snakemake.run([], quiet=True).status == 1
    assert capfd.readouterr().err == ""


def test_quiet_is_not_silent_where_snakemake_has_something_to_say(program, capfd):
    program("tell(said='LockException:\\nthe folder is locked')\nsys.exit(1)")
    _snakemake.run([], quiet=True)
    assert capfd.readouterr().err.splitlines() == ["LockException:", "the folder is locked"]


def started(*words):
    """The command as a process, once the program has said that it runs."""
    call = [sys.executable, "-m", "cambench", "run", "my.yaml", *words]
    process = subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "running\n"
    return process


ENDLESS = "print('running', file=sys.stderr, flush=True)\ntime.sleep(60)\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_stopped_waits_for_snakemake_and_says_how_to_go_on(number, program, config):
    handled = f"def stop(*_):\n    time.sleep(0.3)\n    sys.exit(7)\nsignal.signal({int(number)}, stop)\n"
    program(handled + ENDLESS)
    process = started()
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 7
    assert said == "Stopped. The same command goes on where it was.\n"


def test_a_signal_that_ends_snakemake_is_the_status(program, config):
    program("signal.signal(signal.SIGINT, signal.SIG_DFL)\n" + ENDLESS)
    process = started()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT


def test_jobs_are_interrupted_too_and_what_they_print_then_is_not_shown(program, config, tmp_path):
    job = "import time, sys\ntry: time.sleep(60)\nexcept KeyboardInterrupt: open('interrupted', 'w'); raise"
    program(
        f"import subprocess\njob = subprocess.Popen([sys.executable, '-c', {job!r}])\ntime.sleep(1)\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(job.wait()))\n" + ENDLESS
    )
    process = started()
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" not in process.communicate(timeout=20)[1]
    assert (tmp_path / "interrupted").exists()


def test_a_suspended_run_is_suspended_whole(program, config, tmp_path):
    beat = "open('beat', 'a').write('.')\n"
    program(beat + ENDLESS.replace("time.sleep(60)\n", f"for _ in range(1200):\n    time.sleep(0.05)\n    {beat}"))
    process, beats = started(), tmp_path / "beat"
    process.send_signal(signal.SIGTSTP)
    os.waitpid(process.pid, os.WUNTRACED)
    time.sleep(0.2)
    before = beats.stat().st_size
    time.sleep(0.5)
    assert beats.stat().st_size == before
    process.send_signal(signal.SIGCONT)
    end = time.monotonic() + 20
    while beats.stat().st_size == before and time.monotonic() < end:
        time.sleep(0.05)
    assert beats.stat().st_size > before
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_lines_that_are_not_whole_yet_wait(tmp_path):
    shown = []
    following = _snakemake._Following(type("Shown", (), {"say": shown.append})(), quiet=False)
    with (tmp_path / "told").open("w+") as told, (tmp_path / "told").open() as lines:
        for part in (json.dumps({"said": "a"})[:5], json.dumps({"said": "a"})[5:] + "\n" + '{"said": "b"}', "\n"):
            told.write(part)
            told.flush()
            following.read(lines)
            shown.append("|")
    assert shown == ["|", "a", "|", "b", "|"]
