"""Tables of text."""

from dataclasses import replace

import frames
import polars as pl
import pytest

from cambench.errors import InputError
from cambench.report.text_tables import Summary, of_metric, text


@pytest.fixture(scope="module")
def summary():
    frame = pl.concat([frames.random(), frames.random(network="other")])
    table, compared = frames.measured(frame, ["net", "other"], ["a", "b"])
    titles = {"networks": {"net": "The [bold]Net"}, "methods": {"a": "Method A"}}
    return Summary(table, compared.pairwise, titles)


def rows(shown):
    """Cells of each row that has some, by the method's title."""
    return {line[:9].strip(): line[9:].split() for line in shown.splitlines() if "±" in line}


def test_each_network_has_a_table_with_titles(summary):
    shown = text(summary)
    assert "The [bold]Net: 30 images, top-1 50.0 %" in shown
    assert "\nother: 30 images" in shown
    assert shown.count("\nMethod A") == shown.count("\nb ") == 2


def test_values_are_percent_with_half_of_the_interval(summary):
    row = summary.table.row(0, named=True)
    half = 50 * (row["adcc_high"] - row["adcc_low"])
    assert rows(text(summary.of("net")))["Method A"][:2] == [f"{100 * row['adcc']:.2f}", f"±{half:.1f}"]


def test_the_best_is_marked_and_what_is_not_really_behind_it():
    """Of 40 images alike but for a little, `a` is best, `b` is not told apart from it, and `c` is far behind."""
    frame = frames.random(("a", "b", "c"), images=40)
    better = {"a": 0.80, "b": 0.795, "c": 0.3}
    noise = pl.col("average_drop") / 10  # as large for each method as the difference of the first two
    frame = frame.with_columns(complexity=1 - pl.col("method").replace_strict(better) + noise)
    table, compared = frames.measured(frame, ["net"], ["a", "b", "c"])
    means = dict(table.select("method", "complexity").iter_rows())
    first, second = sorted(("a", "b"), key=lambda name: means[name])
    lines = text(Summary(table, compared.pairwise), width=100).splitlines()
    place = lines[1].index("Compl ↓") + len("Compl ↓")
    marks = {line[0]: line[: place + 1].rstrip()[-1] for line in lines[3:6]}
    assert marks[first] == "*"
    assert marks[second] == "≈"
    assert marks["c"] not in "*≈"
    groups = {
        line[0]: line.split()[-1]
        for line in of_metric(Summary(table, compared.pairwise), "complexity").splitlines()[3:6]
    }
    assert groups == {first: "a", second: "a", "c": "b"}


def test_it_takes_as_many_metrics_as_have_room(summary):
    for width in (40, 60, 80, 100, 120, 200):
        lines = text(summary, width).splitlines()
        tables = lines[: next(n for n, line in enumerate(lines) if line.startswith("Percent"))]
        assert max(map(len, tables)) <= width
    assert "ADCC" in text(summary, 30)
    assert "adcc_per_image" in text(summary, 60).splitlines()[-1]
    assert "Not shown" not in text(summary, 600)


def test_one_metric_has_its_interval(summary):
    shown, row = of_metric(summary.of("net"), "average_drop"), summary.table.row(0, named=True)
    low, high = (100 * row[f"average_drop_{end}"] for end in ("low", "high"))
    assert f"{100 * row['average_drop']:.2f}  {low:.2f} – {high:.2f}" in shown
    assert "max(0, p(x) - p(x U)) / p(x)" in shown


def test_what_is_not_known_is_a_dash(summary):
    unknown = summary.table.with_columns(pl.lit(None, pl.Float64).alias("adcc"))
    shown = text(Summary(unknown.filter(network="net"), summary.pairwise), 100)
    assert shown.splitlines()[3].split()[1] == "–"


def test_one_method_is_no_best(summary):
    alone = summary.table.filter(network="net", method="a")
    assert "*" not in text(Summary(alone, summary.pairwise.clear()), 100).splitlines()[3]


def test_one_method_has_no_groups_and_a_title_of_one_line(summary):
    """Pairs of a CSV file without rows are text; a title may be wider than the table."""
    named = replace(summary, titles={"networks": {"net": "A network whose title is longer than the table below"}})
    alone = replace(named, table=summary.table.filter(network="net", method="a"))
    lines = of_metric(replace(alone, pairwise=summary.pairwise.clear().cast(pl.String)), "adcc").splitlines()
    assert lines[0] == "A network whose title is longer than the table below: 30 images, top-1 50.0 %"
    assert lines[3].split()[-1] == f"{100 * alone.table['adcc_high'].item():.2f}"


def test_an_unknown_metric_is_refused(summary):
    with pytest.raises(InputError, match=r"no metric 'adc'; did you mean 'adcc'\?; there are adcc, average_drop"):
        of_metric(summary, "adc")
