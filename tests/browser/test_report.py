"""The report in a browser: what it says, how it can be asked, and that it is for everybody."""

import re
from dataclasses import replace

import frames
import pages
import pictured
import polars as pl
import pytest
from playwright.sync_api import expect

from cambench.report.contents.data import data
from cambench.report.page import page as html
from cambench.report.shown.pack import pack

pytestmark = pytest.mark.browser
METHODS = {
    **pages.methods(a="Alpha", b="Beta", fake="Fake"),
    "a": replace(pages.methods(a="Alpha")["a"], about="Alpha: the first (Somebody, 2020)."),
}
NETWORKS = {"net": "Net 1", "other": "Other"}
EVIL = "<img src=x onerror=window.harm=1></script><script>window.harm=1</script>$\\alpha$ <b>"


def made():
    """Alpha is best on both networks; Beta is, too, on the other."""
    named = {"good": "a", "fair": "b", "bad": "fake"}
    parts = [pages.renamed(frames.levels(network=name), **named) for name in NETWORKS]
    parts[1] = pages.renamed(parts[1], a="b", b="a")
    frame = pl.concat(parts).filter(pl.col("method") != "fair2")
    tables = {"curves": pages.curves(NETWORKS, METHODS)}
    return pages.sources(frame, NETWORKS, METHODS, tables=tables, images=pack(pictured.pictures(tuple(NETWORKS)), 6))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(html(data(made())))
    return path.as_uri()


@pytest.fixture
def opened(page, report):
    page.goto(report)
    return page


def table(page):
    return page.locator("#table")


def rows(page):
    return [
        name.strip().rstrip("?").strip()
        for name in table(page).locator("table:not(.paper) tbody th[scope=row]").all_inner_texts()
    ]


def test_the_verdict_comes_first_and_follows_the_network(opened):
    first = opened.locator("main section").first
    assert "or not really behind, on 1 of the 2 networks." in first.inner_text()
    assert "Alpha (80." in first.inner_text()
    opened.locator("nav").get_by_label("Network").select_option("Other")
    assert "Beta (80." in first.inner_text()
    assert "beats" in first.inner_text() or "beat" in first.inner_text()


def test_the_table_sorts(opened):
    assert rows(opened) == ["Alpha", "Beta", "Fake"]
    button = table(opened).get_by_role("button", name=re.compile("^ADCC"))
    button.click()
    assert rows(opened) == ["Beta", "Alpha", "Fake"]  # controls stay apart
    assert table(opened).locator("table:not(.paper) th[aria-sort=ascending]").inner_text().startswith("ADCC")
    table(opened).get_by_role("button", name=re.compile("^Average Drop")).click()  # the best first: lower is better
    assert rows(opened)[0] == "Alpha"
    assert table(opened).locator("table:not(.paper) th[aria-sort=ascending]").inner_text().startswith("Average")


def test_the_table_filters_and_hides_columns(opened):
    table(opened).get_by_label("Filter").fill("bet")
    assert rows(opened) == ["Beta"]
    assert table(opened).get_by_role("status").inner_text() == "1 of 3 rows"
    table(opened).get_by_label("Filter").fill("")
    heads = table(opened).locator("table:not(.paper) thead th")
    before = heads.count()
    table(opened).get_by_text("Columns").click()
    table(opened).get_by_role("checkbox", name="Average Gain").uncheck()
    expect(heads).to_have_count(before - 1)
    assert "Average Gain" not in " ".join(heads.all_inner_texts())
    assert table(opened).get_by_role("checkbox", name="Method", exact=True).is_disabled()
    opened.keyboard.press("Escape")
    assert not table(opened).get_by_role("checkbox", name="Average Gain").is_visible()


def test_the_network_switches_every_section(opened):
    assert "80." in table(opened).locator("table:not(.paper) tbody tr:has-text('Alpha')").inner_text()
    opened.locator("nav").get_by_label("Network").select_option("Other")
    assert rows(opened) == ["Beta", "Alpha", "Fake"]
    expect(opened.get_by_role("button", name=re.compile("Alpha minus Beta: −"))).to_have_count(1)


def test_intervals_and_marks_are_drawn_and_said(opened):
    cell = table(opened).locator("table:not(.paper) tbody tr:has-text('Alpha') td").first
    expect(cell.locator("svg.interval line.bar")).to_have_count(1)
    assert re.search(r"\d\d\.\d to \d\d\.\d; best", cell.inner_text())
    assert "★ best of the methods" in table(opened).inner_text()


def test_definitions_are_a_key_away(opened):
    button = opened.get_by_role("button", name="What is Average Drop?").first
    button.focus()
    opened.keyboard.press("Enter")
    box = opened.get_by_role("note", name="Average Drop")
    assert "max(0, p(x) - p(x U)) / p(x)" in box.inner_text()
    assert "Chattopadhay et al., 2018" in box.inner_text()
    opened.keyboard.press("Escape")
    assert not box.is_visible()


def test_pointing_at_a_curve_shows_its_values(opened):
    panel = opened.locator("figure.panel[data-kind=deletion]")
    chip = opened.locator("#curves .chip", has_text="Alpha")
    panel.scroll_into_view_if_needed()
    panel.locator("svg").first.hover(position={"x": 60, "y": 100})
    assert "80.0 ± 5.0" in chip.inner_text()
    panel.locator("svg").first.hover(position={"x": panel.locator("svg").first.bounding_box()["width"] - 25, "y": 100})
    assert "0.0 ± 5.0" in chip.inner_text()
    opened.get_by_role("slider", name=re.compile("Values at")).fill("50")
    assert "40.0 ± 5.0" in chip.inner_text()


def test_methods_are_switched_on_and_off(opened):
    lines = opened.locator("figure.panel[data-kind=deletion] svg [data-mark=line]")
    expect(lines).to_have_count(3)
    opened.locator("#curves").get_by_role("checkbox", name=re.compile("^Beta")).uncheck()
    expect(lines).to_have_count(2)
    opened.locator("#curves").get_by_role("button", name="All").click()
    expect(lines).to_have_count(3)


def test_a_cell_of_the_differences_leads_to_the_pair(opened):
    section = opened.locator("#differences")
    section.get_by_label("Metric").select_option("Insertion ↑")
    cell = section.get_by_role("button", name=re.compile(": Alpha minus Beta"))
    cell.hover()
    assert "better; real" in section.locator(".told").inner_text()
    cell.click()
    images = opened.locator("#images")
    expect(images).to_be_in_viewport()
    assert images.get_by_label("Order").input_value() == "pair"
    assert images.locator("select").evaluate_all("(all) => all.map((one) => one.selectedOptions[0].textContent)")[
        :4
    ] == [
        *("Two methods differ most", "Insertion ↑", "Alpha", "Beta"),
    ]


def test_text_for_a_paper_can_be_copied(opened):
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator("#citing").get_by_role("button", name="Copy").first.click()
    opened.get_by_text("Copied.").wait_for()
    assert "Poppi et al., 2021" in opened.evaluate("navigator.clipboard.readText()")


def test_every_file_has_a_link(opened):
    opened.get_by_text("All files of this run").click()
    links = opened.locator("#behind .links a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert links == ["../tables/summary.csv", "../metrics.parquet", "../provenance.json", "../ro-crate-metadata.json"]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.wait_for_timeout(300)
    for summary in opened.locator("details.folded > summary").all():
        summary.click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(open_page, report, axe, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(report)
    for summary in page.locator("details.folded > summary").all():
        summary.click()
    page.wait_for_timeout(300)
    assert axe(page) == []


def test_the_keyboard_reaches_every_control(opened):
    """From one to the next, in the order of the page, and each shows that it has the focus."""
    reached = []
    for _ in range(40):
        opened.keyboard.press("Tab")
        outline = opened.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        reached.append(opened.evaluate("document.activeElement.textContent.slice(0, 20)"))
        assert outline != "none", reached[-1]
    assert reached[0].strip().startswith("Skip to")
    assert any(text.startswith("ADCC") for text in reached)


def test_what_users_wrote_is_text(open_page, tmp_path):
    (tmp_path / "index.html").write_text(html(data(pages.worst_case(EVIL))))
    page = open_page()
    page.goto((tmp_path / "index.html").as_uri())
    for summary in page.locator("details.folded > summary").all():
        summary.click()
    assert page.evaluate("window.harm") is None
    assert page.locator("img").count() == 0
    assert page.locator("h1").inner_text() == EVIL
    assert EVIL in page.locator("#table table:not(.paper) tbody").inner_text()
    assert page.title() == f"cambench: {EVIL}"
    assert page.evaluate("document.querySelectorAll('script').length") == 2


def test_ranks_stand_by_criterion_and_gains_by_the_chosen_metric(opened):
    section = opened.locator("#agreement")
    ranks = section.get_by_role("region", name="Ranks by criterion")
    assert ranks.locator("th[scope=colgroup]").all_inner_texts() == [
        *("faithfulness", "localisation", "complexity", "robustness", "sanity", "several", "overall"),
    ]
    assert ranks.locator("table:not(.paper) tbody th").all_inner_texts() == ["Alpha", "Beta", "Fake"]
    assert set(ranks.locator("table:not(.paper) tbody tr").first.locator("td").all_inner_texts()) == {"1"}
    assert "What speaks for each metric" in section.inner_text()
    assert "Gain over controls" not in section.inner_text()  # there are no random maps
