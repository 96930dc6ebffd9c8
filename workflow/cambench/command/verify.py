"""Read a whole run, and print one line per defect, with the command that mends it.

Every file is held against the digest that was recorded of it. What stands behind the file are options of Snakemake.

Examples:
    cambench verify my.yaml
    cambench verify my.yaml --config run=other
"""

import argparse
import sys

from . import _snakemake


def arguments(parser: argparse.ArgumentParser) -> None:
    """A configuration, and options of Snakemake."""
    _snakemake.add_arguments(parser)


def main(arguments: argparse.Namespace) -> None:
    """Run Snakemake's target `verify`. **Raises:** `InputError` if there is no such file."""
    call = _snakemake.arguments(arguments.config, arguments.options, "verify")
    sys.exit(_snakemake.run(call, quiet=True).status)
