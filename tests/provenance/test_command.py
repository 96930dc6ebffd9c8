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


def test_a_command_that_names_its_folder_stays_as_it_was_typed(monkeypatch):
    for name in ("CAMBENCH_COMMAND", "CAMBENCH_FOLDER"):
        monkeypatch.setenv(name, "")
    for words in (["--directory", "/project"], ["--directory=/project"], ["-d", "/project"]):
        monkeypatch.setattr(sys, "argv", ["snakemake", *words, "verify"])
        remember()
        assert elsewhere(without="verify") == f"snakemake {' '.join(words)}"
