"""Show the table of a finished run, one metric of it, or the maps of one image.

The table has as many metrics as the terminal has room for; --metric shows any of them, with intervals and groups.

Examples:
    cambench show results/demo
    cambench show results/demo --metric deletion
    cambench show results/demo --image 3 --output third.png
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ..errors import InputError
from ..report import terminal
from ..report.text_tables import Summary, of_metric, text

if TYPE_CHECKING:
    from ..runs.run import Run


def arguments(parser: argparse.ArgumentParser) -> None:
    """A run, and what of it is shown."""
    parser.add_argument("run", metavar="results/RUN", help="folder of a finished run")
    parser.add_argument("--metric", metavar="NAME", help="show this metric alone, such as adcc or average_drop")
    parser.add_argument("--network", metavar="NAME", help="show this network alone")
    parser.add_argument("--image", metavar="N", type=int, help="draw the maps of this image, counted from 0")
    parser.add_argument(
        "--output", metavar="FILE", help="where to draw them; RUN-N.png in the working folder by default"
    )


def main(arguments: argparse.Namespace) -> None:
    """Print a table, or write a picture. **Raises:** `InputError` for what the run has not."""
    from ..runs.run import open_run

    run = open_run(arguments.run)
    if arguments.image is not None:
        _draw(run, arguments)
        return
    if arguments.output is not None:
        raise InputError("--output names a picture: say of which image, with --image")
    terminal.know(run.config.get("metrics", ()))  # which earlier runs lack
    summary = _summary(run, arguments.network)
    width, colour = terminal.terminal()
    terminal.say(of_metric(summary, arguments.metric, colour) if arguments.metric else text(summary, width, colour))
    if not arguments.metric:
        terminal.say(terminal.places(run.path))


def _summary(run: "Run", network: str | None) -> Summary:
    found = Summary(
        run.table("summary"), run.table("pairwise"), run.titles._asdict(), run.config["tables"]["confidence"]
    )
    if network is None:
        return found
    chosen = pl.col("network") == run.network(network)
    assert found.pairwise is not None
    return replace(found, table=found.table.filter(chosen), pairwise=found.pairwise.filter(chosen))


def _draw(run: "Run", arguments: argparse.Namespace) -> None:
    """Write the picture of an image, over an earlier one of the same name."""
    if arguments.metric is not None:
        raise InputError("--metric and --image: a table or a picture; give one of them")
    file = Path(arguments.output or f"{run.name}-{arguments.image}.png")
    figure = run.show(arguments.image, arguments.network)
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:  # no such folder, or a format that there is not
        raise InputError(f"{file}: {getattr(error, 'strerror', None) or str(error).splitlines()[0]}") from error
    print(f"{file}: {run.manifest['path'][arguments.image]}")
