"""On paper: A4, nothing is cut, no page is blank, and what explains the numbers is there."""

import subprocess

import frames
import pages
import pictured
import polars as pl
import pytest

from cambench.report.contents.data import data
from cambench.report.page import page as html
from cambench.report.shown.pack import pack

pytestmark = pytest.mark.browser
A4 = (297 - 24) / 25.4 * 96  # pixels of a line on A4 across, between margins of 12 mm
METHODS = pages.methods(a="Alpha", b="A method with quite a long title", fake="Fake")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    frame = pages.renamed(frames.levels(), good="a", fair="b", bad="fake").filter(pl.col("method") != "fair2")
    tables = {"curves": pages.curves(["net"], METHODS)}
    found = pages.sources(frame, frames.ONE, METHODS, tables=tables, images=pack(pictured.pictures(), 6))
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(html(data(found)))
    return path.as_uri()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_every_column_is_on_paper_and_no_page_is_blank(open_page, report, tmp_path, width):
    """From a window of any width."""
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(report)
    heads = page.locator("#table thead .sort").all_inner_texts()
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    command = ["pdftotext", "-raw", tmp_path / "report.pdf", "-"]
    sheets = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    assert len(heads) >= 9
    assert 2 <= len(sheets) <= 12
    assert all(sheet.strip() for sheet in sheets)
    printed = "".join("".join(sheets).split())
    for head in heads:
        assert "".join(head.split()).rstrip("▼▲") in printed
    assert "Howthesenumbersweremade" in printed
    assert "Meansoverimages,inpercent.Net1:60images" in printed  # which is folded on the screen
    assert "Filter" not in printed


def test_no_element_reaches_beyond_the_paper(open_page, report):
    page = open_page(viewport={"width": int(A4), "height": 700})
    page.goto(report)
    page.emulate_media(media="print")
    beyond = """(width) => [...document.querySelectorAll("main *")]
      .filter((one) => one.getBoundingClientRect().right > width + 1)
      .map((one) => one.outerHTML.slice(0, 100))"""
    assert page.evaluate(beyond, int(A4)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= int(A4)


def test_a_wide_table_is_cut_into_several_on_paper_alone(open_page, report):
    """Each names the rows, and each column is in one of them."""
    page = open_page()
    page.goto(report)
    wide, parts = page.locator("#table table.screen"), page.locator("#table table.paper")
    assert wide.is_visible()
    assert not any(part.is_visible() for part in parts.all())
    page.emulate_media(media="print")
    assert not wide.is_visible()
    heads = [part.locator("thead th").all_inner_texts() for part in parts.all()]
    assert len(heads) == 3
    assert all(each[0] == "Method" for each in heads)
    assert len([head for each in heads for head in each[1:]]) == wide.locator("thead th").count() - 1
    for part in parts.all():
        assert part.locator("tbody th[scope=row]").all_inner_texts() == [
            "Alpha",
            "A method with quite a long title",
            "Fake",
        ]
