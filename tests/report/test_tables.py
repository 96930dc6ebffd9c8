"""What tables show, and how: Markdown, LaTeX and HTML, with best values marked and all text escaped."""

import frames
import polars as pl
import pytest

from cambench.report import formats, tables
from cambench.report.formats import BEST, PLAIN, SECOND, View
from cambench.results.bootstrap import resample
from cambench.results.summary import summarise

NETWORKS, METHODS = {"net": "Net_1"}, {"b": "B & Co", "a": "A"}


def summarised(frame, networks=NETWORKS):
    return summarise(frame, resample(frame, list(networks), list(METHODS), frames.BOOTSTRAP))


@pytest.fixture(scope="module")
def summary():
    return summarised(frames.random())


def cells(markdown):
    """Text of the cells of a table's rows, headings first."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in [lines[0], *lines[2:]]]


def test_formats(summary):
    found = formats.render(tables.summary(summary, NETWORKS, METHODS, "text"))
    best = max(100 * summary["adcc"])
    assert f"**{best:.2f}**" in found["md"]
    assert f"\\textbf{{{best:.2f}}}" in found["tex"]
    assert "B \\& Co" in found["tex"]
    assert "Net\\_1" in found["tex"]
    assert "Coherency $\\uparrow$" in found["tex"]
    assert "Average Drop ↓" in found["html"]
    assert found["html"].count("<tr>") == 2 + 2  # the headings and two methods
    assert "font-weight: bold" in found["html"]


def test_the_summary_has_every_metric_and_counts(summary):
    heading, first, second = cells(formats.markdown(tables.summary(summary, NETWORKS, METHODS, "text")))
    assert heading[:4] == ["Network", "Method", "Average Drop ↓", "Average Increase ↑"]
    counts = ["Passes", "Images", "Degenerate", "Nonfinite", "Ill-conditioned"]
    assert heading[-6:] == ["ADCC per image ↑", *counts]
    assert [row[:2] for row in (first, second)] == [[r"Net\_1", "B & Co"], [r"Net\_1", "A"]]
    assert first[-5:] == ["2.0", "30", "2", "1", "1"]
    drop = 100 * summary["average_drop"]
    shown = [f"{value:.2f}" for value in drop]
    shown[drop.arg_min()] = f"**{shown[drop.arg_min()]}**"  # the lower is the better
    assert [first[2], second[2]] == shown


def test_the_second_best_is_underlined_in_the_papers_table(summary):
    found = formats.render(tables.paper(summary, NETWORKS, METHODS, "text"))
    worse = min(100 * summary["adcc"])
    assert f"\\underline{{{worse:.2f}}}" in found["tex"]
    assert f"<u>{worse:.2f}</u>" in found["md"]
    assert "text-decoration: underline" in found["html"]
    assert "Gain" not in found["md"]


def test_values_are_marked_among_the_methods_of_their_network():
    table = pl.DataFrame(
        {
            "network": ["x"] * 4 + ["y"],
            "method": list("abcda"),
            "complexity": [0.5, 0.2, 0.2 + 1e-13, None, 0.9],  # equal but for rounding
        }
    )
    view = tables.paper(table, {}, {}, "text")
    assert view.marks == {"Complexity ↓": [SECOND, BEST, BEST, PLAIN, PLAIN]}
    assert view.cells == {"Complexity ↓": ["50.00", "20.00", "20.00", "–", "90.00"]}
    assert view.rows == [("x", "a"), ("x", "b"), ("x", "c"), ("x", "d"), ("y", "a")]


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5 + 1e-13], [0.5, None], [None, None]])
def test_nothing_is_best_where_nothing_is_worse(values):
    methods = [f"m{number}" for number in range(len(values))]
    table = pl.DataFrame({"network": "x", "method": methods, "adcc": pl.Series(values, dtype=pl.Float64)})
    assert tables.paper(table, {}, {}, "text").marks == {"ADCC ↑": [PLAIN] * len(values)}


def test_metrics_that_are_not_there_are_left_out():
    bare = summarised(frames.unknown(frames.random().drop("deletion", "insertion"), "a", "coherency"))
    shown = formats.markdown(tables.summary(bare, NETWORKS, METHODS, "text"))
    assert "Insertion" not in shown
    assert "–" in shown.splitlines()[3]


def test_symbols_in_latex():
    page = formats.latex(View([("n", "m")], {"↑↓": ["−1 ± 2 ≈ 3 ≠ 4 – 5"]}, "≈ –", "symbols"))
    assert r"$\uparrow$$\downarrow$" in page
    assert r"$-$1 $\pm$ 2 $\approx$ 3 $\neq$ 4 -- 5" in page
    assert r"\caption{$\approx$ --}" in page
    assert page.isascii()


def test_blocks_in_latex():
    """A rule between networks, and none doubled at the end."""
    rows = [("x", "a"), ("x", "b"), ("y", "a")]
    page = formats.latex(View(rows, {"c": ["1", "2", "3"]}, "text", "blocks"))
    assert page.count("\\cline{1-3}") == 1
    assert "\\multirow[c]{2}{*}{x}" in page
    assert "\\label{tab:blocks}" in page


PUBLISHED = pl.DataFrame(
    {
        "network": ["vgg16"] * 4 + ["mine"] * 2,
        "method": ["Grad-CAM"] * 2 + ["Score-CAM"] * 2 + ["Grad-CAM"] * 2,
        "metric": ["complexity", "adcc"] * 3,
        "published": [15.65, 53.52, 20.27, 81.66, 10.0, 20.0],
        "ours": [15.40, 54.52, None, None, 20.0, 20.1],
        "difference": [-0.25, 1.0, None, None, 10.0, 0.1],
        "verdict": ["consistent", "not decided", "not run", "not run", "differs", "not decided"],
        "least": [None, None, None, None, 9.21, None],
        "most": [None, None, None, None, 10.79, None],
        "more_images": [None, 17_048, None, None, None, 0],
    }
)


def test_published():
    found = formats.render(tables.published(PUBLISHED, {"vgg16": "VGG-16"}, "text"))
    heading, *rows = cells(found["md"])
    assert heading == ["Network", "Method", "Complexity ↓", "ADCC ↑"]
    assert rows == [
        ["VGG-16", "Grad-CAM", "15.65 / 15.40 (−0.25) =", "53.52 / 54.52 (+1.00) ? 17,048 more"],
        ["VGG-16", "Score-CAM", "20.27 / –", "81.66 / –"],
        ["mine", "Grad-CAM", "10.00 / 20.00 (+10.00) ≠ 9.2 to 10.8", "20.00 / 20.10 (+0.10) ?"],
    ]
    assert "VGG-16" in found["html"]
    assert "$\\neq$" in found["tex"]


@pytest.mark.parametrize("verdict", ["no verdict", "other protocol"])
def test_no_sign_is_shown_where_there_is_no_verdict(verdict):
    run = pl.col("ours").is_not_null()
    table = PUBLISHED.with_columns(pl.when(run).then(pl.lit(verdict)).otherwise("verdict").alias("verdict"))
    found = formats.markdown(tables.published(table, {}, "text"))
    assert "15.65 / 15.40 (−0.25) |" in found
    assert not set("=≠?") & set(found)


def test_what_was_not_published_is_a_dash():
    table = PUBLISHED.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("published", "difference"))
    assert "– / 15.40 |" in formats.markdown(tables.published(table, {}, "text"))


def test_a_title_that_is_another_networks_name_is_told_apart():
    found = cells(formats.markdown(tables.published(PUBLISHED, {"mine": "vgg16"}, "text")))
    assert [row[0] for row in found[1:]] == ["vgg16", "vgg16", "vgg16 (mine)"]


def test_cost():
    table = pl.DataFrame(
        {
            "network": "net",
            "method": [None, "b", "b"],
            "stage": ["predictions", "saliency", "masked"],
            "images": 2000,
            "jobs": 3,
            "passes": [1.0, 1.5, 3.0],
            "seconds": [0.5, 0.01234, None],
            "operations": [5e9, 7.5e9, 1e9],
            "share": [0.5, 0.125, None],
            "peak_memory": [900.0, 820.9, None],
        }
    )
    heading, *rows = cells(formats.markdown(tables.cost(table, NETWORKS, METHODS)))
    assert heading[:5] == ["Network", "Method", "Stage", "Images", "Jobs"]
    assert rows == [
        [r"Net\_1", "shared", "predictions", "2,000", "3", "1.0", "0.5", "5.00", "50.0", "900"],
        [r"Net\_1", "B & Co", "saliency", "2,000", "3", "1.5", "0.0123", "7.50", "12.5", "821"],
        [r"Net\_1", "B & Co", "masked", "2,000", "3", "3.0", "–", "1.00", "–", "–"],
    ]
