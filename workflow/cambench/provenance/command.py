"""The command line of the run, which the process that plans it leaves to its jobs."""

import os
import shlex
import sys

_COMMAND = "CAMBENCH_COMMAND"  # environment variable


def remember() -> None:
    """Leave this process's arguments, a call of Snakemake, to the jobs that it starts."""
    os.environ[_COMMAND] = shlex.join(["snakemake", *sys.argv[1:]])


def command(without: str = "") -> str:
    """The workflow's command line, without one word of it."""
    words = shlex.split(os.environ.get(_COMMAND, "snakemake"))
    return shlex.join(word for word in words if word != without)
