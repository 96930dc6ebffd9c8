"""Run a configuration, show its progress, and print the table.

Snakemake does the work, and makes nothing again that is there already: to go on with a run that was stopped, give
the same command. What stands behind the file are options and targets of Snakemake; all cores are used unless they
say otherwise. The file may also be a configuration that comes along, such as demo or lite.

Examples:
    cambench run my.yaml
    cambench run my.yaml --cores 4 --config run=other
    cambench run my.yaml --profile profiles/slurm
"""

import argparse
import sys

from ..report import terminal
from . import _snakemake


def arguments(parser: argparse.ArgumentParser) -> None:
    """A configuration, and options of Snakemake."""
    _snakemake.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Run it; the exit status is Snakemake's. **Raises:** `InputError` if there is no such file."""
    ended = _snakemake.run(_snakemake.arguments(arguments.config, arguments.options))
    if ended.stopped:
        print("Stopped. The same command goes on where it was.", file=sys.stderr)
    elif ended.status == 0 and ended.table:
        terminal.after(**ended.table)
    if ended.status:
        sys.exit(ended.status)
