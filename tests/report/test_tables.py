"""What tables show, and how: Markdown, LaTeX and HTML, with best values marked and all text escaped."""

import frames
import polars as pl
import pytest

from cambench.report import formats, tables
from cambench.report.formats import BEST, PLAIN, SECOND, View
from cambench.results.bootstrap import resample
from cambench.results.judging import Known, ranks_by_criterion
from cambench.results.judging_metrics import judge
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
    assert view.marks == {"Cplx. ↓": [SECOND, BEST, BEST, PLAIN, PLAIN]}
    assert view.cells == {"Cplx. ↓": ["50.00", "20.00", "20.00", "–", "90.00"]}
    assert view.rows == [("x", "a"), ("x", "b"), ("x", "c"), ("x", "d"), ("y", "a")]


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5 + 1e-13], [0.5, None], [None, None]])
def test_nothing_is_best_where_nothing_is_worse(values):
    methods = [f"m{number}" for number in range(len(values))]
    table = pl.DataFrame({"network": "x", "method": methods, "adcc": pl.Series(values, dtype=pl.Float64)})
    assert tables.paper(table, {}, {}, "text").marks == {"ADCC ↑": [PLAIN] * len(values)}


def test_metrics_that_are_not_there_are_left_out():
    bare = summarised(frames.unknown(frames.random().drop("deletion", "insertion"), "a", "coherency"))
    shown = formats.markdown(tables.summary(bare, NETWORKS, METHODS, "text"))
    assert "Insertion ↑" not in shown
    assert "–" in shown.splitlines()[3]


def test_symbols_in_latex():
    page = formats.latex(View([("n", "m")], {"↑↓": ["−1 ± 2 ≈ 3 ≠ 4 – 5"]}, "≈ –", "symbols"))
    assert r"$\uparrow$$\downarrow$" in page
    assert r"$-$1 $\pm$ 2 $\approx$ 3 $\neq$ 4 -- 5" in page
    assert r"\caption{$\approx$ --}" in page
    assert page.isascii()


def test_blocks_in_latex():
    """A rule between networks, a space between their parts, each title once, one line of headings."""
    rows = [("x", "a", "1"), ("x", "a", "2"), ("x", "b", "1"), ("y", "b", "1")]
    page = formats.latex(View(rows, {"c": list("5678")}, "text", "blocks", names=("N", "M", "L")))
    body = page.partition("\\toprule\n")[2].partition("\n\\bottomrule")[0]
    assert body.splitlines() == [
        *("N & M & L & c \\\\", "\\midrule", "x & a & 1 & 5 \\\\", " &  & 2 & 6 \\\\", "\\addlinespace"),
        *(" & b & 1 & 7 \\\\", "\\midrule", "y & b & 1 & 8 \\\\"),
    ]
    assert "\\label{tab:blocks}" in page
    assert "multirow" not in page


def test_the_long_caption_stands_beside_the_short_one():
    found = formats.render(View([("n", "m")], {"c": ["1"]}, "Short_1", "l", details=" ".join(["50 % of"] * 40)))
    comments = [line for line in found["tex"].splitlines() if line.startswith("% ")]
    assert len(comments) > 3
    assert " ".join(line.removeprefix("% ") for line in comments[1:]) == " ".join([r"50 \% of"] * 40)
    assert r"\caption{Short\_1}" in found["tex"]
    assert found["md"].endswith("\n\nShort\\_1\n\n" + " ".join(["50 % of"] * 40) + "\n")
    assert "<caption>Short_1<details><summary>Details</summary>50 % of" in found["html"]


def test_the_papers_table_has_short_heads_and_half_of_each_interval(summary):
    view = tables.paper(summary, NETWORKS, METHODS, "text", confidence=0.95)
    assert list(view.cells) == ["AD ↓", "AI ↑", "Del. ↓", "Ins. ↑", "Coh. ↑", "Cplx. ↓", "ADCC ↑"]
    half = 50 * (summary["adcc_high"][0] - summary["adcc_low"][0])
    assert view.spread["ADCC ↑"][0] == f"±{half:.2f}"
    assert "AD Average Drop, AI Average Increase, Del. Deletion" in view.caption
    assert view.caption.endswith("± half of the 95 % interval. Best in bold, second underlined.")
    found = formats.render(view)
    assert f"\\,{{\\scriptsize $\\pm${half:.2f}}}" in found["tex"]
    assert f" ±{half:.2f} |" in found["md"]
    assert f" ±{half:.2f}</td>" in found["html"]
    assert "±" not in formats.markdown(tables.paper(summary, NETWORKS, METHODS, "text"))


def test_the_caption_names_a_network_that_is_alone(summary):
    """A column of one title would only take room."""
    view = tables.paper(summary, NETWORKS, METHODS, "text")
    assert (view.names, view.rows) == (("Method",), [("B & Co",), ("A",)])
    assert view.caption.startswith("Net_1. text AD Average Drop")


def test_one_image_has_no_interval_to_print():
    alone = pl.DataFrame({"network": "x", "method": "a", "adcc": 0.5, "adcc_low": None, "adcc_high": None})
    assert tables.paper(alone, {}, {}, "text", confidence=0.9).spread == {"ADCC ↑": [""]}


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


def test_ranks_by_criterion_with_their_spread():
    both = pl.concat([frames.levels(), frames.levels(network="other")])
    ranks = frames.measured(both, frames.NETWORKS)[1].ranks.filter(pl.col("metric") != "arcc")  # ADCC alone is left
    view = tables.by_criterion(ranks_by_criterion(ranks), frames.NETWORKS, frames.METHODS)
    assert view.rows[0] == ("Net 1", "Good")
    assert view.rows[-1] == ("All networks", "Bad")
    assert next(iter(view.cells)) == "Faithfulness"
    assert list(view.cells)[-2:] == ["Several", "Overall"]
    assert {tuple(cells) for cells in view.cells.values()} == {("1.00", "2.50", "2.50", "4.00") * 3}
    assert view.spread["Faithfulness"][0] == "±0.00"
    assert view.spread["Several"] == [*[""] * 8, *["±0.00"] * 4]  # of a single rank there is none
    assert "2.50 ±0.00" in formats.markdown(view)


def test_what_speaks_for_each_metric():
    summary, _ = frames.measured(frames.levels())
    found = judge(frames.levels(), summary, Known(controls=["bad"], ladders=[{"good": 0, "fair": 0.5, "bad": 1}]))
    view = tables.judged(found, frames.ONE)
    assert view.rows[0] == ("Net 1", "Average Drop ↓")
    assert {tuple(row) for row in zip(*(view.cells[name] for name in list(view.cells)[1:]), strict=True)} == {
        ("1.00", "3", "1.00", "1")
    }
    alone = tables.judged(judge(frames.levels(1), summary, Known()), frames.ONE)
    assert set(alone.cells["Krippendorff's alpha"]) == set(alone.cells["Spearman, degraded"]) == {"–"}
    assert all(formats.render(view).values())
