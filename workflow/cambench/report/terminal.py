"""Print a summary in a terminal: `python -m cambench.report.terminal results/<run>/tables/summary.parquet`."""

import sys

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


if __name__ == "__main__":
    print(text(pl.read_parquet(sys.argv[1])))
