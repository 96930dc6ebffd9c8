"""What figures share: how lines look, and files that are equal for equal figures."""

import xml.etree.ElementTree as ET

import frames
import pytest
from matplotlib.figure import Figure

from cambench.errors import InputError
from cambench.report.figures import scores, style


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_equal_figures_give_equal_bytes(both, tmp_path, kind, start):
    for name in ("a", "b"):
        style.save(scores.adcc(both[0], frames.NETWORKS, frames.METHODS), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert (tmp_path / f"a.{kind}").read_bytes().startswith(start)


def test_text_stays_text(both, tmp_path):
    """Words can be searched and edited: as elements in SVG, in TrueType fonts in PDF."""
    style.save(scores.adcc(both[0], frames.NETWORKS, frames.METHODS), tmp_path / "a.svg", tmp_path / "a.pdf")
    words = ["".join(element.itertext()) for element in ET.parse(tmp_path / "a.svg").iter() if "text" in element.tag]
    assert {*frames.METHODS.values(), *frames.NETWORKS.values()} <= set(words)
    page = (tmp_path / "a.pdf").read_bytes()
    assert b"/TrueType" in page or b"/CIDFontType2" in page
    assert b"/Type3" not in page


def test_the_name_says_the_format(tmp_path):
    style.save(Figure(), tmp_path / "gallery.png")
    assert (tmp_path / "gallery.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.png"]


def test_a_figure_that_cannot_be_written_is_an_error_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        style.save(Figure(), tmp_path / "file" / "gallery.png")


def test_lines_are_told_apart():
    looks = style.lines([str(number) for number in range(28)])
    assert len({(look["color"], look["linestyle"]) for look in looks.values()}) == 28
    assert len(style.lines(str(number) for number in range(40))) == 40


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Grad-CAM", 1.5, ["Grad-CAM"]),
        ("V, vit.layers.0.layernorm_before", 1.5, ["V, vit.layers.0.", "layernorm_before"]),
        ("one two\n(three)", 9, ["one two", "(three)"]),
        ("i" * 60, 1, ["i" * 32, "i" * 28]),
        ("WW", 0.01, ["W", "W"]),
        ("", 1, [""]),
    ],
)
def test_long_texts_are_broken_between_words_and_parts_of_paths(text, width, lines):
    assert style.wrapped(text, 8, width).split("\n") == lines
