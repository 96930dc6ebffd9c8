"""The tables as LaTeX sets them, in a paper of two columns, with the distribution's TeX."""

import re
import subprocess

import frames
import pytest

from cambench.report import formats, tables

# Tables of both columns stand at the top of the next page, so the text goes on there.
PAPER = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs,graphicx}
\begin{document}
\section{Results} Table~\ref{tab:%s} compares the methods.
\input{table}
\newcount\n \loop A sentence of a paper, which fills more than a page. \advance\n 1 \ifnum\n<110 \repeat
\end{document}
"""
NASTY = {
    "good": r"\input{/etc/passwd} & 5 % $x_1$ ^2 ~ #1 {y} | <b>",
    "fair": "[Grad-CAM]++*, a café's `best' \"method\" − ↑",
    "fair2": "W" * 100,
    "bad": "100 characters of a title that no column of a paper of two columns can be expected to have room for.",
}


@pytest.fixture(scope="module")
def summary():
    frame = frames.levels()
    both = frame.vstack(frames.levels(network="other"))
    return frames.measured(both, tuple(frames.NETWORKS))[0]


def compiled(view, folder):
    """What pdflatex says of a paper with a table; an error stops it."""
    (folder / "table.tex").write_text(formats.latex(view), encoding="utf-8")
    (folder / "paper.tex").write_text(PAPER % view.label, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    for _ in range(2):  # the second knows the label
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout
    return (folder / "paper.log").read_text(errors="replace")


def assert_fits(log):
    """The table stands above text on the second page, no line reaches beyond its column, and every label is known."""
    assert re.search(r"Output written on paper.pdf \(2 pages,", log)
    assert not re.findall(r"Overfull .*|LaTeX Warning: .*", log)


@pytest.mark.long
@pytest.mark.parametrize("confidence", [None, 0.95])
@pytest.mark.parametrize("titles", [frames.METHODS, NASTY], ids=["plain", "nasty"])
def test_the_papers_table(summary, tmp_path, titles, confidence):
    said = "Means over 60 images, in percent; class: predicted.", "50 % of the details, & more."
    view = tables.paper(summary, frames.NETWORKS, titles, *said, confidence)
    assert_fits(compiled(view, tmp_path))
    text = subprocess.run(["pdftotext", "paper.pdf", "-"], cwd=tmp_path, capture_output=True, text=True).stdout
    assert "root:" not in text
    assert "the details" not in text
    assert f"{100 * summary['adcc'][0]:.2f}" in text


@pytest.mark.long
def test_the_widest_table(summary, tmp_path):
    """The summary has eighteen columns."""
    assert_fits(compiled(tables.summary(summary, frames.NETWORKS, frames.METHODS, "text", "text"), tmp_path))


@pytest.mark.long
def test_a_table_that_fits_is_not_made_smaller(summary, tmp_path):
    """TeX says how wide the table is by itself: narrower than a page of two columns."""
    view = tables.paper(summary, frames.NETWORKS, frames.METHODS, "text", confidence=0.95)
    page = formats.latex(view)
    tabular = page[page.index("\\begin{tabular}") : page.index("\\end{tabular}")] + "\\end{tabular}"
    measured = (
        f"\\sbox0{{\\small\\setlength{{\\tabcolsep}}{{3pt}}{tabular}}}\\typeout{{WIDE \\the\\wd0 of \\the\\textwidth}}"
    )
    (tmp_path / "table.tex").write_text(measured, encoding="utf-8")
    (tmp_path / "paper.tex").write_text(PAPER % "x", encoding="utf-8")
    said = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "paper.tex"], cwd=tmp_path, capture_output=True, text=True
    )
    width, page_width = re.search(r"WIDE ([\d.]+)pt ?of ([\d.]+)pt", said.stdout.replace("\n", "")).groups()
    assert float(width) < float(page_width)
