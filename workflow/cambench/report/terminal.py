"""What is printed in a terminal at the end of a run: its table, and where to look."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from .. import own
from ..errors import InputError, one_line
from ..paths import near
from ..store import tables
from .text_tables import WIDTH, Summary, text

_PLAIN = str.maketrans({"↑": "+", "↓": "-", "±": "~", "–": "-", "─": "-", "≈": "=", "…": ":"})
_PLACES = {
    "report/index.html": "all of it on one page",
    "tables/summary.csv": "means and intervals; beside it .md, .tex, .html and .parquet",
    "tables/pairwise.csv": "which differences are more than chance",
    "figures": "pictures",
}


def after(results: str, titles: Mapping[str, Mapping[str, str]], metrics: Iterable[str], confidence: float) -> None:
    """Print the table of a run's folder, if it is there, and where to look.

    **Arguments:** `titles` of `networks` and `methods`, by name; `metrics` and `confidence` are the configuration's.
    """
    folder = Path(results)
    know(metrics)
    with suppress(InputError, OSError):
        found = (tables.read(folder / "tables/summary.parquet"), pl.read_csv(folder / "tables/pairwise.csv"))
        say(text(Summary(*found, titles, confidence), *terminal()))
        say(places(folder))


def ended(workflow: Any, run: Any, followed: bool) -> None:
    """What Snakemake's `onsuccess` prints: the table, if it was asked for, and nobody follows who prints it.

    **Arguments:** `workflow` Snakemake's, `run` the plan's.
    """
    quiet = {getattr(kind, "name", "") for kind in workflow.output_settings.quiet or ()}
    asked = any(job.rule.name == "summary" for job in workflow.dag.jobs)
    if asked and not followed and not workflow.touch and "ALL" not in quiet:
        titles = {kind: run.titles(kind) for kind in ("networks", "methods")}
        print()
        after(run.results, titles, run.config["metrics"], run.config["tables"]["confidence"])


def know(metrics: Iterable[str]) -> None:
    """Let tables show the user's own among some metrics; say which are left out because their files are gone."""
    there = []
    for name in filter(own.is_own, metrics):
        try:
            own.find(name)
            there.append(name)
        except InputError as error:
            print(one_line(f"{error}: its metric is left out"), file=sys.stderr)
    own.use_metrics(there)


def places(results: Path) -> str:
    """Where to look in a run's folder."""
    there = {str(near(results) / name): about for name, about in _PLACES.items() if (results / name).exists()}
    wide = max(map(len, there), default=0)
    return "\n".join(["", "Where to look:", *(f"  {one_line(path):<{wide}}  {what}" for path, what in there.items())])


def guide(results: Path) -> str:
    """The main targets of the workflow, and where to look."""
    targets = {
        "snakemake --cores all": "run everything that is not up to date",
        "snakemake --dry-run": "say what would run",
        "snakemake estimate --cores all": "measure what the run will take",
        "snakemake verify --cores 2": "read a finished run, and report every defect",
        "snakemake --list": "list all rules",
        "cambench --help": "the same with progress, and more",
    }
    lines = [f"  {command:<31} {what}" for command, what in targets.items()]
    names = ("tables/summary.md", "figures", "report/index.html", "provenance.json")
    looks = [f"  {one_line(str(results / name))}" for name in names]
    own = "A run of your own: cambench run my.yaml, or add --configfile my.yaml behind the target."
    return "\n".join(["Targets:", *lines, "", "Results:", *looks, "", own])


def terminal() -> tuple[int, bool]:
    """Columns of the terminal, and whether colours may be used: in one that is not dumb."""
    if not sys.stdout.isatty():
        return WIDTH, False
    return shutil.get_terminal_size().columns, os.environ.get("TERM") != "dumb"


def say(shown: str) -> None:
    """Print a text, without arrows and the like where they cannot be written."""
    encoding = (sys.stdout.encoding or "ascii").lower()
    plain = shown if encoding.startswith("utf") else shown.translate(_PLAIN)
    print(plain.encode(encoding, "backslashreplace").decode(encoding), flush=True)
