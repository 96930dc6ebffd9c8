"""Nasty strings in place of every text that users write: no output takes them for anything but text."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import frames
import matplotlib
import numpy as np
import pages
import polars as pl
import pytest
from matplotlib.text import Text

from cambench.report import escape, formats, page, tables, terminal, text_tables
from cambench.report.contents.data import data
from cambench.report.figures import comparison, curves, gallery, judging, scores, style
from cambench.report.formats import View
from cambench.results.bootstrap import resample
from cambench.results.judging import ranks_by_criterion
from cambench.results.summary import summarise

PRINTABLE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></pre></table><b>",
    "&lt;b&gt; &amp;",
    "{{ 7 * 7 }} {% raw %}",
    r"\input{/etc/passwd}",
    r"\write18{id} \\[1cm] % #1 ^^5c ~ & _ {",
    "[2pt] *",
    "$\\frac{1}{0}$ and $x$",
    "$",
    "=1+1",
    "+1",
    "-1",
    '@SUM(1,2) "quoted", comma',
    '=HYPERLINK("http://x","y")',
    "a | b || c",
    "[text](javascript:alert(1)) ![i](http://x/y.png) `code` **bold** ~~gone~~ <u>u</u>",
    "_underscore",
    "café ↑ −",
]
CONTROL = ["\x1b[2J\x1b]0;title\x07", "two\nlines\r\n| a | b |", "nul\x00 \x9b31m", "‮gnp.exe", "a\t\u2028b"]
NASTY = PRINTABLE + CONTROL


def view():
    """A table with a nasty string in every cell, title and heading, and all of them in the caption."""
    rows = [(f"{text}", f"{NASTY[-number]}{number}") for number, text in enumerate(NASTY)]
    cells = {text: [f"{text}{number}" for number in range(len(NASTY))] for text in NASTY}
    return View(rows, cells, " ".join(NASTY), "nasty")


class Elements(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.text.append(data)


def has_control(text):
    """Whether a text has a sign that cannot be printed, other than the end of a line."""
    return any(not sign.isprintable() for sign in text if sign != "\n")


def test_html():
    text = formats.html(view())
    found = Elements(text)
    assert found.tags <= {"style", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert found.attributes <= {"type", "id", "class", "colspan", "rowspan"}
    shown = [data.strip() for data in found.text]
    for nasty in PRINTABLE:
        assert shown.count(nasty) >= 2  # as a title and as a heading
        assert f"{nasty}0" in shown
    assert not has_control(text)


ALLOWED = {
    *("begin", "end", "caption", "centering", "label", "toprule", "midrule", "bottomrule", "small", "setlength"),
    *("tabcolsep", "resizebox", "ifdim", "width", "textwidth", "else", "fi", "belowcaptionskip"),
    *("textbackslash", "textasciitilde", "textasciicircum", "textbar", "uparrow", "downarrow"),
    *("&", "%", "$", "#", "_", "{", "}", "\\"),
}


def test_latex():
    """Every command is one of ours, braces match, and each row has as many cells as there are columns."""
    text = formats.latex(view())
    assert set(re.findall(r"\\([A-Za-z]+|.)", text, re.DOTALL)) <= ALLOWED
    body = text.partition("\\midrule")[2].partition("\\bottomrule")[0]
    rows = [row for row in re.split(r"(?<!\\)\\\\\n", body) if row.strip()]
    assert len(rows) == len(NASTY)
    for row in rows:
        bare = re.sub(r"\\[&%$#_{}]", "", row)
        assert bare.count("&") == len(NASTY) + 1
        assert bare.count("{") == bare.count("}")
        assert not set(re.sub(r"\$(<|>|-|\\uparrow)\$", "", bare)) & set("$^_~#%")
        assert not re.match(r"\s*(\\midrule\s*)?[\[*]", row)  # no argument of the \\ before
    assert not has_control(text)


def test_latex_says_what_was_written():
    assert escape.latex("a_b & 5% $x$ #1 {y} ~ ^ \\ | < >") == (
        r"a\_b \& 5\% \$x\$ \#1 \{y\} \textasciitilde{} \textasciicircum{} \textbackslash{} \textbar{} $<$ $>$"
    )


def test_markdown():
    """Every line of the table has as many cells as there are columns, and no sign of Markdown is left bare."""
    table, caption = formats.markdown(view()).split("\n\n")
    lines = table.splitlines()
    assert len(lines) == len(NASTY) + 2
    for line in lines:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == len(NASTY) + 3
    for line in [*lines[:1], *lines[2:], caption.strip()]:
        bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", line).strip("| \n")
        assert not set(bare.replace("|", "")) & set("\\`*_{}[]<>~$")
        assert set(re.findall(r"&#?\w+;", bare)) <= {"&lt;", "&gt;", "&amp;"}
    assert " &amp;lt;b&amp;gt; &amp;amp;0 |" in table
    assert not has_control(table + caption)


def test_csv():
    """A spreadsheet sees text where there was text, and numbers keep their signs."""
    table = pl.DataFrame({"name": [*NASTY, None], "number": [-1.5] * len(NASTY) + [2.0]})
    rows = list(csv.reader(io.StringIO(escape.csv(table))))
    assert len(rows) == len(NASTY) + 2
    assert {row[1] for row in rows[1:-1]} == {"-1.5"}
    assert not any(row[0][:1] in {"=", "+", "-", "@", "\t", "\r"} for row in rows if row[0])
    for nasty, row in zip(PRINTABLE, rows[1:], strict=False):
        assert row[0].removeprefix("'") == nasty
    assert not has_control(escape.csv(table))
    assert rows[-1][0] == ""


def test_terminal():
    frame = frames.random(NASTY, images=4)
    table = summarise(frame, resample(frame, ["net"], NASTY, frames.BOOTSTRAP))
    shown = text_tables.text(text_tables.Summary(table), 100)
    assert shown.count("±") > len(NASTY)
    assert not has_control(shown)
    assert "\\x1b[2J\\n/tables/summary.md\n" in terminal.guide(Path("results/\x1b[2J\n"))


@pytest.fixture(scope="module")
def measured():
    """Numbers of a run with a method for every nasty title; names are plain, because the schema says so."""
    methods = {f"m{number}": title[:30] for number, title in enumerate(PRINTABLE)}
    frame = frames.random(tuple(methods), images=5)
    return frame, methods, *frames.measured(frame, ["net"], list(methods))


def drawn(measured, title):
    """Every figure, by name; the network has the given title, and each method a nasty one."""
    frame, methods, summary, compared = measured
    networks, points = {"net": title, "other": title}, np.array([0, 0.5, 1])
    both = pl.concat([frame, frame.with_columns(pl.lit("other").alias("network"))])
    photograph = np.zeros((4, 4, 3), np.uint8)
    two = {name: networks[name] for name in ("net",)}
    return {
        "adcc.svg": scores.adcc(summary, two, methods),
        "fooled.svg": scores.fooled(summary, two, methods, list(methods)[:2]),
        "pairwise.svg": comparison.pairwise(compared.pairwise, two, methods),
        "ranks.svg": comparison.ranks(compared.ranks, compared.kendall, two, methods),
        "judging.svg": judging.draw(compared.ranks, ranks_by_criterion(compared.ranks), two, methods),
        "curves.svg": curves.draw(lambda *_: (points, points, points * 0.1), two, methods),
        "gallery.png": gallery.draw(
            both, networks, methods, lambda *_: photograph, lambda *_: np.zeros((4, 4)), [0, 1]
        ),
    }


def test_figures(measured, tmp_path):
    """No title is taken for mathematics, none is left out, and the files are whole."""
    for name, figure in drawn(measured, "$\\frac{1}{0}$ $x$ <b>&").items():
        style.save(figure, tmp_path / name)
        with matplotlib.rc_context(style.STYLE):
            texts = [text for text in figure.findobj(Text) if text.get_text()]
        assert not any(text.get_parse_math() for text in texts), name
        shown = ["".join(text.get_text().split()) for text in texts]  # titles are broken where they are long
        assert all(any("".join(title.split()) in text for text in shown) for title in measured[1].values()), name
        if name.endswith("svg"):
            tags = {element.tag.rpartition("}")[2] for element in ET.parse(tmp_path / name).iter()}
            assert not tags & {"script", "a", "foreignObject"}


def test_every_method_is_in_the_legend(measured):
    legend = drawn(measured, "Net")["curves.svg"].legends[0]
    assert frames.texts(legend.get_texts()) == list(measured[1].values())
    assert len(legend.legend_handles) == len(measured[1])


def test_the_page():
    """The report of a run whose every text is nasty: elements are the page's own, and every text is in its data."""
    methods = pages.methods(**dict(zip(frames.LEVELS, NASTY, strict=False)))
    rejected = pl.DataFrame({"path": NASTY, "reason": NASTY[::-1]})
    settings = {"config": {"run": "x", "notes": NASTY}, "rejected": rejected, "files": [f"tables/{NASTY[0]}"]}
    contents = data(pages.sources(frames.levels(), {"net": NASTY[1]}, methods, **settings))
    text = page.page(contents)
    found = Elements(text)
    assert found.tags == {"html", "head", "meta", "title", "style", "body", "div", "noscript", "p", "a", "script"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert page.read(text) == contents
    assert [path for path, _ in contents["rejected"]] == [escape.one_line(name) for name in NASTY]
    assert not has_control(text)


def test_cost_and_summary_tables_of_nasty_titles(measured):
    """Titles, which the configuration gives, reach all formats."""
    _, methods, summary, _ = measured
    networks = {"net": PRINTABLE[0]}
    for shown in (tables.summary(summary, networks, methods, "text"), tables.paper(summary, networks, methods, "text")):
        found = formats.render(shown)
        assert Elements(found["html"]).tags <= {"style", "table", "caption", "thead", "tbody", "tr", "th", "td"}
        assert "\\input{" not in found["tex"]
        assert len(found["md"].split("\n\n")[0].splitlines()) == len(methods) + 2
