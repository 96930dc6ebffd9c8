"""The command line of the run, which the process that plans it leaves to its jobs."""

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
    moved = any(word in ("-d", "--directory") or word.startswith("--directory=") for word in sys.argv)
    os.environ[_FOLDER] = "" if moved else os.getcwd()  # from which Snakemake has gone, if it was told another


def command(without: str = "") -> str:
    """The workflow's command line, without one word of it."""
    words = shlex.split(os.environ.get(_COMMAND, "snakemake"))
    return shlex.join(word for word in words if word != without)


def elsewhere(without: str = "") -> str:
    """The same for a shell in any folder; as it was typed if it names its folder itself."""
    folder = os.environ.get(_FOLDER)
    return f"(cd {shlex.quote(folder)} && {command(without)})" if folder else command(without)
