"""The command line of the run, as its jobs know it."""

import sys

import pytest

from cambench.provenance.command import command, elsewhere, only_asks, remember


def test_the_process_that_plans_leaves_its_command_to_its_jobs(monkeypatch):
    for name in ("CAMBENCH_COMMAND", "CAMBENCH_FOLDER"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(sys, "argv", ["/bin/snakemake", "--config", "run=my run", "--cores", "2", "verify"])
    remember()
    assert command() == "snakemake --config 'run=my run' --cores 2 verify"
    assert command(without="verify") == "snakemake --config 'run=my run' --cores 2"


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        (["--list"], True),
        (["-l", "--configfile", "my.yaml"], True),
        (["--cores", "1", "help"], True),
        (["--lint", "text"], True),
        (["--cores", "1"], False),
        (["-n", "--configfile", "help.yaml"], False),
        ([], False),
    ],
)
def test_questions_are_told_from_runs(monkeypatch, arguments, asks):
    monkeypatch.setattr(sys, "argv", ["/bin/snakemake", *arguments])
    assert only_asks() == asks


def test_without_a_plan_it_is_snakemake_alone(monkeypatch):
    monkeypatch.delenv("CAMBENCH_COMMAND", raising=False)
    assert command() == "snakemake"


def test_for_a_shell_in_any_folder(monkeypatch, tmp_path):
    for name in ("CAMBENCH_COMMAND", "CAMBENCH_FOLDER"):
        monkeypatch.setenv(name, "")
    (tmp_path / "my project").mkdir()
    monkeypatch.chdir(tmp_path / "my project")
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "2", "verify"])
    remember()
    assert elsewhere(without="verify") == f"(cd '{tmp_path}/my project' && snakemake --cores 2)"


@pytest.mark.parametrize("option", ["--directory project", "--directory=project", "-d project", "-dproject"])
def test_a_folder_that_is_named_from_another(monkeypatch, tmp_path, option):
    """The shell knows where the command was typed, from which Snakemake has gone."""
    for name in ("CAMBENCH_COMMAND", "CAMBENCH_FOLDER"):
        monkeypatch.setenv(name, "")
    (tmp_path / "typed here" / "project").mkdir(parents=True)
    monkeypatch.setenv("PWD", f"{tmp_path}/typed here")
    monkeypatch.chdir(tmp_path / "typed here" / "project")
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "2", *option.split(), "verify"])
    remember()
    assert elsewhere(without="verify") == f"(cd '{tmp_path}/typed here' && snakemake --cores 2 {option})"


@pytest.mark.parametrize("folder", [None, "/", "/nowhere"])
def test_a_command_stays_as_it_was_typed_if_nobody_knows_where(monkeypatch, tmp_path, folder):
    for name in ("CAMBENCH_COMMAND", "CAMBENCH_FOLDER"):
        monkeypatch.setenv(name, "")
    if folder:
        monkeypatch.setenv("PWD", folder)
    else:
        monkeypatch.delenv("PWD")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr(sys, "argv", ["snakemake", "--directory", "project", "verify"])
    remember()
    assert elsewhere(without="verify") == "snakemake --directory project"
