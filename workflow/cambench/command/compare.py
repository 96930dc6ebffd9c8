"""Put runs or records side by side: what differs, whether it matters, and by how much the means differ.

Each argument is the folder of a finished run, a record that `cambench export` wrote, or a folder of records. The first
is compared with each of the others, where names of networks and methods agree; two single records always. Where both
runs are at hand, differences are paired, image by image, on the images that both have.

  cambench compare results/mine results/yours
  cambench compare records/ours records/theirs --csv differences.csv

Exit status: 0 if all was compared, whatever it showed; 1 if something cannot be read, or must not be compared, because
a metric or a method is of two versions.
"""

import argparse
from pathlib import Path

from ..errors import InputError, refuse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "sources", nargs="+", metavar="RUN|RECORDS", help="two or more runs, records or folders of them"
    )
    parser.add_argument(
        "--metric", action="append", help="show this metric alone, as tables name it; may be given again"
    )
    parser.add_argument("--csv", metavar="FILE", help="write the differences of means to a CSV file, too")


def main(arguments: argparse.Namespace) -> None:
    """Print both tables. **Raises:** `InputError`; exits with 1, one line each, for versions that must not be mixed."""
    from ..records import comparing, read, said
    from ..report import escape
    from ..store.files import write_atomically

    if len(arguments.sources) < 2:
        raise InputError("name two runs or records, or more")
    sources = [read.source(path) for path in arguments.sources]
    compared = comparing.pairs(sources)
    refuse(comparing.refusals(compared))
    table = comparing.table(compared, arguments.metric)
    if arguments.csv:
        write_atomically(Path(arguments.csv), escape.csv(table))
    said.show(sources, compared, table)
