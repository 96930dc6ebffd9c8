"""The command line of the run, which the process that plans it leaves to its jobs."""

import argparse
import os
import shlex
import sys

_COMMAND = "CAMBENCH_COMMAND"  # environment variable
_FOLDER = "CAMBENCH_FOLDER"
_ASKING = {"help", "--list", "--list-rules", "-l", "--list-target-rules", "--lt", "--lint"}


def only_asks() -> bool:
    """Whether this process's arguments, a call of Snakemake, ask for nothing but what the workflow can do."""
    return bool(_ASKING & set(sys.argv[1:]))


def only_reads() -> bool:
    """Whether nothing but `verify` is asked for, which writes nothing."""
    return "verify" in sys.argv[1:]


def remember() -> None:
    """Leave this process's arguments, a call of Snakemake, to the jobs that it starts, and where it was called."""
    os.environ[_COMMAND] = shlex.join(["snakemake", *sys.argv[1:]])
    os.environ[_FOLDER] = _called_in()


def _called_in() -> str:
    """The folder in which this process was called; empty if it has gone to another, and the shell doesn't say."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("-d", "--directory", default="")
    given = options.parse_known_args(sys.argv[1:])[0].directory
    folder = os.environ.get("PWD", "") if given else os.getcwd()
    try:
        return folder if os.path.samefile(os.path.join(folder, given), os.getcwd()) else ""
    except OSError:
        return ""


def command(without: str = "") -> str:
    """The workflow's command line, without one word of it."""
    words = shlex.split(os.environ.get(_COMMAND, "snakemake"))
    return shlex.join(word for word in words if word != without)


def elsewhere(without: str = "") -> str:
    """The same for a shell in any folder; as it was typed if nobody knows where that was."""
    folder = os.environ.get(_FOLDER)
    return f"(cd {shlex.quote(folder)} && {command(without)})" if folder else command(without)
