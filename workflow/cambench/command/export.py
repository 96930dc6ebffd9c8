"""Write a finished run as records, one small JSON file per network and method; or its masked inputs.

A record holds the numbers, what decides them (digests of weights, images and settings; versions of method and metrics),
and what they cost. `cambench compare` reads records, and the leaderboard is made of them.

  cambench export results/demo -o records
  cambench export results/demo --data "ImageNet validation, 5,000 drawn"
  cambench export results/demo --masked inputs.zarr --network resnet50 --method gradcam
"""

import argparse
from pathlib import Path

from ..errors import InputError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", help="folder of a finished run, such as results/demo")
    parser.add_argument("-o", "--output", default="records", help="folder for the records (records)")
    parser.add_argument("--data", help="name of the data set, for people; by default that of its folder")
    parser.add_argument("--network", help="of this network alone")
    parser.add_argument("--method", help="of this method alone")
    parser.add_argument(
        "--masked",
        metavar="FILE",
        help="instead of records, write the masked inputs x U(S) to a new .npy or .zarr, for maps made elsewhere",
    )


def main(arguments: argparse.Namespace) -> None:
    """Write the files, and print their paths. **Raises:** `InputError`."""
    from ..runs.run import open_run

    run = open_run(arguments.run)
    if arguments.masked:
        from tqdm import tqdm

        from ..runs import masked

        if arguments.data:
            raise InputError("--data names the data set of records; there are none with --masked")
        with tqdm(unit="image", disable=None) as bar:
            written = masked.export(run, arguments.masked, arguments.network, arguments.method, bar.update)
    else:
        from ..records import export

        chosen = arguments.network, arguments.method
        written = export.export(run, Path(arguments.output), arguments.data, *chosen)
    print(*written, sep="\n")
