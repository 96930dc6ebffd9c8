"""Say whether a configuration is right, and what it would run; nothing is made but a cache in .snakemake.

Errors are those of a run, one per line. The networks are opened once, as a run would do it.

Examples:
    cambench check my.yaml
    cambench check my.yaml --config run=other
"""

import argparse

from ..errors import one_line
from ._configuration import configuration


def arguments(parser: argparse.ArgumentParser) -> None:
    """A configuration, and single keys of it."""
    parser.add_argument("config", metavar="my.yaml", help="the configuration")
    parser.add_argument("--config", dest="keys", metavar="KEY=VALUE", nargs="+", help="change keys, as for Snakemake")


def main(arguments: argparse.Namespace) -> None:
    """Print what it would run; exits with 1 after one line per error. **Raises:** `InputError` if there is no file."""
    from ._checked import read, rows

    file = configuration(arguments.config)
    found = rows(*read(file, arguments.keys or []))
    print(f"{one_line(str(file))}: right")
    for name, text in found:
        print(f"  {name:<9} {one_line(text)}")
