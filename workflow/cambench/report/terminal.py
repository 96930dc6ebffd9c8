"""Print a summary in a terminal: `python -m cambench.report.terminal results/<run>/tables/summary.parquet`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ..errors import InputError, one_line, refuse
from ..results.columns import METRICS
from ..store import tables

_SHORT = {
    "average_drop": "Drop",
    "average_increase": "Incr",
    "average_gain": "Gain",
    "coherency": "Coher",
    "complexity": "Compl",
    "adcc": "ADCC",
    "adcc_per_image": "ADCC/image",
}


def text(summary: pl.DataFrame) -> str:
    """A table under 90 columns wide, percent; + higher is better, - lower is better."""
    names = ["network", "method"] if summary["network"].n_unique() > 1 else ["method"]
    columns = {f"{short}{'+' if METRICS[name].higher_is_better else '-'}": name for name, short in _SHORT.items()}
    titles = [pl.Series(name, map(one_line, summary[name]), pl.String) for name in names]
    table = summary.select(*titles, **{heading: 100 * pl.col(name) for heading, name in columns.items()})
    with pl.Config(float_precision=2, tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=60) as style:
        style.set_tbl_formatting("MARKDOWN")
        style.set_tbl_hide_dataframe_shape(True)
        style.set_tbl_hide_column_data_types(True)
        return str(table)


def guide(results: Path) -> str:
    """The main targets of the workflow, and where to look."""
    targets = {
        "snakemake --cores all": "run everything that is not up to date",
        "snakemake --dry-run": "say what would run",
        "snakemake estimate --cores all": "measure what the run will take",
        "snakemake verify --cores 2": "read a finished run, and report every defect",
        "snakemake --list": "list all rules",
    }
    lines = [f"  {command:<31} {what}" for command, what in targets.items()]
    places = ("tables/summary.md", "figures", "report/index.html", "provenance.json")
    looks = [f"  {one_line(str(results / name))}" for name in places]
    own = "A run of your own: add --configfile my.yaml behind the target; config/README.md has every key."
    return "\n".join(["Targets:", *lines, "", "Results:", *looks, "", own])


def main(arguments: Sequence[str]) -> str:
    """The table in a file. **Raises:** `InputError` if there is none, or it is damaged."""
    if len(arguments) != 1:
        raise InputError("give one file: python -m cambench.report.terminal results/<run>/tables/summary.parquet")
    try:
        return text(tables.read(arguments[0]))
    except OSError as error:
        raise InputError(f"{arguments[0]}: {error.strerror}") from error


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except InputError as error:
        refuse([str(error)])
