"""Estimate what a configuration takes: jobs, forward passes, hours and megabytes of each stage.

The networks and methods are measured on this machine, or counted for the card that `estimate: {card: ...}` names. What
stands behind the file are options of Snakemake.

Examples:
    cambench estimate my.yaml
    cambench estimate my.yaml --cores 4 --config estimate="{card: NVIDIA H200}"
"""

import argparse
import sys

from . import _snakemake


def arguments(parser: argparse.ArgumentParser) -> None:
    """A configuration, and options of Snakemake."""
    _snakemake.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Run Snakemake's target `estimate`. **Raises:** `InputError` if there is no such file."""
    sys.exit(_snakemake.run(_snakemake.arguments(arguments.config, arguments.options, "estimate")).status)
