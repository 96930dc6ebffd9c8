"""The leaderboard in a browser: sorted, filtered, one group chosen, on a phone; nothing asked of anybody."""

import pytest
from playwright.sync_api import expect
from projects import ROOT
from recorded import changed

from cambench.records import canonical, identity, leaderboard

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror=alert(1)></script>"
METHODS = {"gradcam": 0.7, "layercam": 0.8, "random": 0.5}


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """Three methods on two networks, of which one has random weights and a title that tries to be a script."""
    folder = tmp_path_factory.mktemp("board")
    (folder / "records").mkdir()
    for title, state, images in (("Net", "a" * 64, 5_000), (NASTY, "b" * 64, 60)):
        for cam, mean in METHODS.items():
            value = {"mean": mean, "low": mean - 0.1, "high": mean + 0.1, "se": 0.05, "digest": "c" * 64}
            names = {"method__cam": cam, "method__label": cam, "method__title": cam.title()}
            network = {"network__title": title, "network__state": state, "network__random": title == NASTY}
            record = changed(**names, **network, data__images=images, values__adcc=value)
            (folder / "records" / identity.file_name(record)).write_text(canonical.text(record))
    return leaderboard.write(folder)


@pytest.fixture
def opened(page, board):
    page.goto(board.as_uri())
    return page


def methods(page):
    return page.locator("tbody th[scope=row] a").all_inner_texts()


def test_the_best_are_on_top_of_their_group_and_any_column_sorts(opened):
    assert methods(opened) == ["Layercam", "Gradcam", "Random"] * 2
    opened.get_by_role("button", name="ADCC", exact=False).first.click()
    assert methods(opened) == ["Random", "Gradcam", "Layercam"] * 2
    assert opened.locator("th[aria-sort=ascending]").inner_text().startswith("ADCC")


def test_groups_name_random_weights_and_small_samples(opened):
    headings = opened.locator("tbody tr.group").all_inner_texts()
    assert headings == [
        f"{NASTY} on photographs · random weights: the network knows nothing · a small sample: 60 images",
        "Net on photographs",
    ]


def test_one_group_and_a_filter(opened):
    opened.get_by_label("Network and data").select_option("Net on photographs")
    assert methods(opened) == ["Layercam", "Gradcam", "Random"]
    opened.get_by_label("Filter").fill("layer")
    assert methods(opened) == ["Layercam"]


def test_intervals_are_drawn_and_said(opened):
    cell = opened.locator("tbody tr:not(.group) td").first
    expect(cell.locator("svg.interval line.bar")).to_have_count(1)
    assert "70.0 to 90.0" in cell.inner_text()


def test_methods_link_to_their_records(opened, board):
    for link in opened.locator("tbody th[scope=row] a").all():
        assert (board.parent / link.get_attribute("href")).exists()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_does_not_scroll_sideways(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, board, axe, scheme):
    page = open_page(color_scheme=scheme)
    page.goto(board.as_uri())
    assert axe(page) == []


def test_the_leaderboard_of_this_repository(page, tmp_path):
    (tmp_path / "records").symlink_to(ROOT / "leaderboard" / "records")
    page.goto(leaderboard.write(tmp_path).as_uri())
    assert len(methods(page)) == 24
    expect(page.locator("tbody tr.group")).to_have_count(3)
