"""Make mosaics of a run's images for the grid pointing game, and a configuration for them.

Where a network classifies images rightly and surely, mosaics of images of different classes say how far the map of
each class lies in its own cell. `cambench run` then computes the maps and the metric `grid_pointing_game`. Networks
with global pooling take inputs that large; most transformers of a fixed size do not.

Examples:
    cambench mosaics results/imagenet -o mosaics --network resnet50
    cambench run mosaics/mosaics.yaml
    cambench mosaics results/demo -o small --mosaics 5 --confidence 0.5
"""

import argparse

from ..errors import one_line


def arguments(parser: argparse.ArgumentParser) -> None:
    """A run, a folder, and what mosaics are drawn."""
    parser.add_argument("run", metavar="results/RUN", help="folder of a finished run whose images have labels")
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True, help="new or empty folder for all of it")
    parser.add_argument("--network", metavar="NAME", help="this network alone; else all networks have to be sure")
    parser.add_argument("--grid", metavar="N", type=int, default=2, help="images along a side of a mosaic [2]")
    parser.add_argument("--mosaics", metavar="N", type=int, default=500, help="how many mosaics [500]")
    parser.add_argument(
        "--confidence", metavar="P", type=float, default=0.99, help="images have a probability above this [0.99]"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the drawing [0]")


def main(arguments: argparse.Namespace) -> None:
    """Write the files, and say which. **Raises:** `InputError`."""
    from tqdm import tqdm

    from ..runs import mosaics
    from ..runs.run import open_run

    asked = mosaics.Asked(arguments.grid, arguments.mosaics, arguments.confidence, arguments.seed)
    run = open_run(arguments.run)
    with tqdm(total=asked.mosaics, unit="mosaic", disable=None) as bar:
        made = mosaics.make(run, arguments.output, arguments.network, asked, bar.update)
    print(one_line(f"{made.file}: {made.said}"))
    print(one_line(f"Next: cambench check {made.file}, then cambench run {made.file}"))
