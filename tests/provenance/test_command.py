"""The command line of the run, as its jobs know it."""

import sys

from cambench.provenance.command import command, remember


def test_the_process_that_plans_leaves_its_command_to_its_jobs(monkeypatch):
    monkeypatch.setenv("CAMBENCH_COMMAND", "")
    monkeypatch.setattr(sys, "argv", ["/bin/snakemake", "--config", "run=my run", "--cores", "2", "verify"])
    remember()
    assert command() == "snakemake --config 'run=my run' --cores 2 verify"
    assert command(without="verify") == "snakemake --config 'run=my run' --cores 2"


def test_without_a_plan_it_is_snakemake_alone(monkeypatch):
    monkeypatch.delenv("CAMBENCH_COMMAND", raising=False)
    assert command() == "snakemake"
