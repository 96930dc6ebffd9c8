"""Titles and published names: what cannot be shown, or not be told apart, is refused before any work."""

import pytest

from cambench.config.read import resolve

PUBLISHED = "network,method,source,adcc\nvgg16,Grad-CAM,poppi2021,1\n"


@pytest.mark.parametrize("title", ["", "  ", "a\n", "\x1b[2Ja", "a\u202eb", "a\u2028b"])
@pytest.mark.parametrize("place", ["networks.tiny", "methods.gradcam"])
def test_a_title_that_cannot_be_shown(changed, place, title):
    line = f"config: {place}: title {title!r} is blank, or has characters that cannot be printed"
    assert resolve(changed(f"{place}.title", title), [])[1] == [line]


@pytest.mark.parametrize("title", [r"\input{x}", "$x$", "<script>", "=1+1", "a|b", "Größe 3 ↑"])
def test_titles_that_are_only_strange_are_allowed(changed, title):
    assert resolve(changed("methods.gradcam.title", title), [])[1] == []


@pytest.mark.parametrize("name", ["=x", "+x", "-x", "@x", "a|b", "$x$", "<b>", "a_\x1b[2J", "_x", "a\n"])
@pytest.mark.parametrize("kind", ["networks", "methods"])
def test_names_are_plain(good, kind, name):
    """They stand in file names, in CSV files and in the terminal as they are."""
    good[kind][name] = next(iter(good[kind].values()))
    (line,) = resolve(good, [])[1]
    assert line.startswith(f"config: {kind}: ")
    assert line.isprintable()


def test_a_title_that_is_too_long(changed):
    (line,) = resolve(changed("methods.gradcam.title", "x" * 101), [])[1]
    assert line.startswith("config: methods.gradcam.title: ")


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ({"cam": "cam", "title": "Grad-CAM"}, "Grad-CAM"),
        ({"cam": "cam", "title": " Grad-CAM "}, "Grad-CAM"),
        ({"cam": "cam", "title": "x"}, "x"),  # the other's label, which is its title
    ],
)
def test_two_methods_of_one_title(changed, block, title):
    config = changed("methods.y", block)
    config["methods"]["x"] = {"cam": "gradcam", **({} if title == "x" else {"title": "Grad-CAM"})}
    assert resolve(config, [])[1] == [f"config: methods: y and x have one title, {title!r}"]


def test_two_networks_of_one_title(changed):
    config = changed("networks.tiny.title", "Net")
    config["networks"]["other"] = {"factory": "tiny:Tiny", "title": "Net"}
    assert resolve(config, [])[1] == ["config: networks: tiny and other have one title, 'Net'"]


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (["Grad-CAM"], []),
        (["Grad-CAMM"], ["config: methods.m0: published: no 'Grad-CAMM' in table.csv; did you mean 'Grad-CAM'?"]),
        (["Grad-CAM", "Grad-CAM"], ["config: methods: 2 of them are 'Grad-CAM' in the published table"]),
    ],
)
def test_published_names(changed, tmp_path, monkeypatch, names, lines):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(PUBLISHED)
    (tmp_path / "weights.csv").write_text("network,sha256\n")
    config = changed("tables", {"published": "table.csv"})
    config["methods"] |= {f"m{number}": {"cam": "cam", "published": name} for number, name in enumerate(names)}
    assert resolve(config, [])[1] == lines


def test_a_published_table_that_cannot_be_used(changed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(PUBLISHED)
    config = changed("tables", {"published": "table.csv"})
    assert resolve(config, [])[1] == ["config: tables.published: weights.csv: no such file"]
    (tmp_path / "weights.csv").touch()
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00")
    (line,) = resolve(changed("tables", {"published": "table.csv"}), [])[1]
    assert line.startswith("config: tables.published: table.csv: ")
