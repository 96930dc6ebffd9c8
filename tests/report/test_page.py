"""The page: its sections, its figures, and nothing that a user wrote is taken for HTML."""

import base64
import re

import polars as pl
import pytest

from cambench.report.page import Contents, page

EVIL = '<script>alert("&")</script>'
PNG, SVG = b"\x89PNG not really", b"<svg>not really</svg>"


@pytest.fixture
def contents(tmp_path):
    for name, data in (("gallery.png", PNG), ("fooled.svg", SVG)):
        (tmp_path / name).write_bytes(data)
    cost = {
        **{"network": "net", "method": "fake", "stage": "saliency", "images": 10, "jobs": 1, "passes": 1.0},
        **{"seconds": None, "operations": 2e9, "share": None, "peak_memory": 812.3},
    }
    return {
        "config": {"run": EVIL, "note": EVIL},
        "tables": {"paper": "<table>PAPER</table>", "summary": "<table>SUMMARY</table>"},
        "cost": pl.DataFrame(cost),
        "figures": [str(tmp_path / "gallery.png"), str(tmp_path / "fooled.svg")],
        "facts": {"net": {"network": "net", "weights": EVIL}},
        "rejected": pl.DataFrame({"path": [f"{EVIL}.png", "b.png"], "reason": ["too small", EVIL]}),
        "networks": {"net": EVIL},
        "methods": {"fake": "Fake & Co"},
    }


def test_sections_in_order(contents):
    found = page(Contents(**contents))
    headings = re.findall(r"<h2 id=\"([^\"]+)\">([^<]+)</h2>", found)
    assert [title for _, title in headings] == [
        *("Summary", "As papers print it", "Cost", "Figures", "Rejected files", "Networks", "Configuration"),
    ]
    assert re.findall(r'<a href="#([^"]+)">([^<]+)</a>', found) == headings
    assert found.index("<table>SUMMARY</table>") < found.index("<table>PAPER</table>") < found.index("812")


def test_the_published_table_stands_there_if_there_is_one(contents):
    contents["tables"]["published"] = "<table>PUBLISHED</table>"
    found = page(Contents(**contents))
    assert found.index("Published beside regenerated") < found.index("<table>PUBLISHED</table>")


def test_what_users_wrote_is_escaped(contents):
    """Names, titles, paths, reasons and settings; only the tables come as HTML."""
    found = page(Contents(**contents))
    assert "<script" not in found
    assert "<title>cambench: &lt;script&gt;alert(&#34;&amp;&#34;)&lt;/script&gt;</title>" in found
    assert "Fake &amp; Co" in found
    assert found.count("&lt;script&gt;") >= 7


def test_rejected_files_are_listed(contents):
    found = page(Contents(**contents))
    assert "<li>b.png: &lt;script&gt;" in found
    assert "&lt;/script&gt;.png: too small</li>" in found
    assert found.count("<li>") == 2
    empty = page(Contents(**{**contents, "rejected": contents["rejected"].clear()}))
    assert "<li>" not in empty
    assert "<p>None.</p>" in empty


def test_figures_are_in_the_file(contents):
    found = page(Contents(**contents))
    images = re.findall(r'<img alt="(\w+)" src="data:image/([^;]+);base64,([^"]+)">', found)
    assert [(name, kind) for name, kind, _ in images] == [("gallery", "png"), ("fooled", "svg+xml")]
    assert [base64.b64decode(data) for *_, data in images] == [PNG, SVG]
    assert re.findall(r'(?:src|href)="(?!#|data:)', found) == []  # the page needs no other file


def test_captions_are_true_of_the_run(contents):
    assert "hides next to nothing" not in page(Contents(**contents))
    found = page(Contents(**contents, trivial=["fake"]))
    assert "Highlighted: Fake &amp; Co, a map that hides next to nothing" in found
