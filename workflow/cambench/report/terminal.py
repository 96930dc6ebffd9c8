"""Print a summary in a terminal: `python -m cambench.report.terminal results/<run>/tables/summary.parquet`."""

import sys
from pathlib import Path

import polars as pl

from ..results.columns import METRICS

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
    table = summary.select(*names, **{heading: 100 * pl.col(name) for heading, name in columns.items()})
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
    looks = [f"  {results / name}" for name in ("tables/summary.md", "figures", "report/index.html", "provenance.json")]
    own = "A run of your own: add --configfile my.yaml behind the target; config/README.md has every key."
    return "\n".join(["Targets:", *lines, "", "Results:", *looks, "", own])


if __name__ == "__main__":
    print(text(pl.read_parquet(sys.argv[1])))
