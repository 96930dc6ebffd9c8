"""The section of images in a page that holds some: orders, views, values, keys, phones, hostile names."""

import base64
import io
import re

import numpy as np
import polars as pl
import pytest
import synthetic
from PIL import Image
from playwright.sync_api import expect

import cambench
from cambench.explore.images import pictures
from cambench.masks import masks
from cambench.report import page as pages
from cambench.report.shown.pack import pack

pytestmark = pytest.mark.browser
NET, EVIL = synthetic.NETWORK, "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images") / "run"
    folder.mkdir()
    synthetic.write(folder, 40)
    return folder


@pytest.fixture(scope="module")
def run(made):
    return cambench.open_run(made)


@pytest.fixture(scope="module")
def written(made, run):
    """The address of a page that holds twenty of forty images; one file's name is no harmless one."""
    data = pages.read((made / "report/index.html").read_text())
    data["images"] = pack(pictures(run, synthetic.CONTROLS), 20)
    data["images"]["networks"][NET]["columns"]["files"][0] = EVIL
    data["images"]["networks"][NET]["columns"]["boxes"] = [[[56, 0, 112, 224]]] + [[]] * 19
    data["methods"][1]["title"] = EVIL
    path = made / "report/held.html"
    path.write_text(pages.page(data))
    return path.as_uri()


@pytest.fixture
def section(page, written):
    """The section, its pictures drawn."""
    page.goto(written)
    return drawn(page)


def drawn(page):
    page.locator("#images").scroll_into_view_if_needed()
    page.wait_for_selector(".images[aria-busy=false] .cell canvas[data-ready=true]")
    return page.locator(".images")


def pixels(canvas):
    """What a canvas shows, int (H, W, 3)."""
    data = canvas.evaluate("(one) => one.toDataURL()").partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)


def choose(section, label, option):
    named = section.page.locator(f"span:text-is('{label}')")
    section.locator(".toolbar .choice").filter(has=named).locator("select").select_option(option)
    section.page.wait_for_selector(".images[aria-busy=false] .cell canvas[data-ready=true]")


def first(section):
    """Number of the image that stands first."""
    return int(section.locator(".image").first.get_attribute("data-image"))


def cell(section, method, image=0):
    return section.locator(".image").nth(image).locator(f".cell[data-method={method}]")


def held(run):
    """Scores of the images that the page holds, by method and image."""
    return pack(pictures(run, synthetic.CONTROLS), 20)["networks"][NET]["columns"]["images"]


def means(run, value, *methods):
    rows = run.metrics.filter(pl.col("image").is_in(held(run)), pl.col("method").is_in(methods))
    return rows.group_by("image").agg(key=value).sort("key", "image")["image"].to_list()


METHODS = [cam for cam in synthetic.CAMS if cam not in synthetic.CONTROLS]


def test_the_page_says_what_it_holds(section):
    assert re.search(
        r"20 of 40 images, some of each kind; the page has \d\.\d MB", section.locator(".count").inner_text()
    )
    assert section.locator(".image").count() < 20  # those in view
    assert section.get_by_role("listitem").first.get_attribute("aria-setsize") == "20"


def test_orders(section, run):
    adcc = pl.mean("adcc")
    assert first(section) == means(run, adcc, *METHODS)[0]
    choose(section, "Order", "best")
    assert first(section) == means(run, adcc, *METHODS)[-1]
    choose(section, "of", "random")
    assert first(section) == means(run, adcc, "random")[-1]
    choose(section, "Order", "disputed")
    assert first(section) == means(run, pl.max("adcc") - pl.min("adcc"), *METHODS)[-1]
    choose(section, "by", "deletion")
    assert first(section) == means(run, pl.max("deletion") - pl.min("deletion"), *METHODS)[-1]
    choose(section, "Order", "image")
    assert first(section) == min(held(run))


def test_a_pair_stands_side_by_side(section, run):
    choose(section, "Order", "pair")
    choose(section, "of", "scorecam")
    choose(section, "and", "random")
    assert first(section) == means(run, pl.max("adcc") - pl.min("adcc"), "scorecam", "random")[-1]
    shown = section.locator(".image").first.locator(".cell[data-method]")
    assert [each.get_attribute("data-method") for each in shown.all()] == ["scorecam", "random"]
    assert shown.first.bounding_box()["y"] == shown.last.bounding_box()["y"]
    assert shown.first.bounding_box()["width"] > 200


def test_files_and_classes_are_found(section, run):
    image = held(run)[5]
    for text in (f"val_{image + 1:08d}", f"of things {image}"):
        section.get_by_label("Find file or class").fill(text)
        section.page.wait_for_function("() => document.querySelectorAll('.image').length < 3")
        assert first(section) == image
    section.get_by_label("Find file or class").fill("")
    choose(section, "Show", "wrong")
    section.page.wait_for_function("() => [...document.querySelectorAll('.image header .wrong')].length > 0")
    assert all(int(one.get_attribute("data-image")) % 4 == 0 for one in section.locator(".image").all())


def test_the_opacity_goes_from_the_photograph_in_grey_to_the_map(section):
    canvas = cell(section, "gradcam").locator("canvas")
    photograph = pixels(section.locator("figure.cell canvas").first)
    slider = section.locator(".opacity input")
    slider.fill("0")
    assert np.abs(pixels(canvas) - photograph.mean(2, keepdims=True)).max() <= 1
    slider.fill("100")
    whole = pixels(canvas)
    choose(section, "View", "map")
    assert np.array_equal(pixels(canvas), whole)
    assert slider.is_disabled()


def test_masked_inputs(section, run):
    image = first(section)
    choose(section, "View", "masked")
    U = masks(run.reader(NET, "gradcam")("saliency.raw")[image : image + 1], (224, 224), run.masking("gradcam"))[0]
    mean = 255 * np.array(synthetic.PREPROCESSING["mean"])
    photograph = pixels(section.locator("figure.cell canvas").first)
    found = pixels(cell(section, "gradcam").locator("canvas"))
    np.testing.assert_allclose(found, mean + (photograph - mean) * U[..., None], atol=1)


def test_values_under_the_pointer_are_the_stored_ones(section, run):
    canvas = cell(section, "gradcam").locator("canvas")
    box = canvas.bounding_box()
    section.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    readout = section.locator(".readout")
    x, y = (int(readout.get_attribute(name)) for name in ("data-x", "data-y"))
    assert (x, y) == (pytest.approx(112, abs=2), pytest.approx(56, abs=2))
    image, read = first(section), run.reader(NET, "gradcam")
    maps = [read(name)[image : image + 1] for name in ("saliency.raw", "masked.raw")]
    raw = [float(stored[0, y // 32, x // 32]) for stored in maps]
    U = [masks(stored, (224, 224), run.masking("gradcam"))[0, y, x] for stored in maps]
    numbers = [float(number) for number in re.findall(r"(?:raw|U) ([-\d.e]+)", readout.inner_text())]
    np.testing.assert_allclose(numbers, [raw[0], U[0], raw[1], U[1]], rtol=1e-3, atol=6e-5)
    section.page.mouse.move(0, 0)
    assert section.locator(".readout").count() == 0


def test_keys_alone_open_a_picture_and_read_it(section, run):
    page, button = section.page, cell(section, "hirescam").get_by_role("button")
    button.focus()
    assert "hirescam at x" in section.locator(".readout").inner_text()
    page.keyboard.press("Enter")
    dialog = section.get_by_role("dialog")
    assert dialog.get_by_role("heading").inner_text().startswith("hirescam on val/")
    dialog.get_by_role("application").focus()
    before = dialog.locator(".readout").get_attribute("data-x")
    page.keyboard.press("ArrowLeft" if int(before) > 100 else "ArrowRight")
    assert abs(int(dialog.locator(".readout").get_attribute("data-x")) - int(before)) == 32  # a cell of the map
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Escape")
    assert section.get_by_role("dialog").count() == 0
    assert button.evaluate("(one) => one === document.activeElement")


def test_a_focus_that_comes_before_the_map_points_once_the_map_is_there(section):
    button = cell(section, "gradcam").get_by_role("button")
    dialog = section.get_by_role("dialog")
    # In the page itself, and as soon as it opens, because the map comes some milliseconds later.
    ready = button.evaluate("""async (button) => {
        const dialog = document.querySelector("dialog");
        const open = new Promise((later) => new MutationObserver(later).observe(dialog, { attributeFilter: ["open"] }));
        button.click();
        await open;
        const picture = dialog.querySelector("[role=application]");
        picture.focus();
        return picture.querySelector("canvas").dataset.ready;
    }""")
    assert ready == "false"
    dialog.locator(".readout").wait_for()
    canvas = dialog.get_by_role("application").locator("canvas")
    canvas.hover()
    section.page.mouse.move(0, 0)
    expect(dialog.locator(".readout")).to_have_count(0)
    section.page.keyboard.press("ArrowDown")
    expect(dialog.locator(".readout")).to_have_count(1)


def test_the_large_view_has_curves_and_all_scores(section, run):
    cell(section, "gradcam").get_by_role("button").click()
    dialog = section.get_by_role("dialog")
    dialog.locator("figure svg").wait_for()
    table = run.metrics.filter(image=first(section), method="scorecam")
    row = dialog.get_by_role("row").filter(has_text="scorecam")
    assert f"{100 * table['adcc'][0]:.1f}" in row.inner_text()
    row.get_by_role("button").click()
    assert dialog.get_by_role("heading").inner_text().startswith("scorecam on")
    name = dialog.get_by_role("heading").inner_text()
    dialog.get_by_role("button", name="Next").click()
    page_says = dialog.get_by_role("heading")
    page_says.filter(has_not_text=name).wait_for()
    dialog.get_by_role("button", name="Previous").click()
    page_says.filter(has_text=name).wait_for()
    assert dialog.get_by_role("button", name="Previous").is_disabled()


def test_boxes_lie_where_the_objects_are(section):
    choose(section, "Order", "image")
    picture = cell(section, "gradcam").locator("canvas").bounding_box()
    box = cell(section, "gradcam").locator(".box-of-object").bounding_box()
    assert box["x"] - picture["x"] == pytest.approx(picture["width"] / 4, abs=1)
    assert (box["width"], box["height"]) == pytest.approx((picture["width"] / 2, picture["height"]), abs=1)
    assert cell(section, "gradcam", image=1).locator(".box-of-object").count() == 0


def test_names_of_files_and_methods_are_text(section):
    page = section.page
    choose(section, "Order", "image")
    assert section.locator(".image header b").filter(has_text=EVIL).is_visible()
    assert section.locator(".cell b").filter(has_text=EVIL).first.is_visible()
    assert page.locator("img").count() == 0


def test_phones_scroll_down_alone(open_page, written):
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(written)
    section = drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for one in (cell(section, "gradcam"), section.locator(".toolbar"), section.locator("figure.cell").first):
        box = one.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    cell(section, "gradcam").get_by_role("button").tap()
    dialog = section.get_by_role("dialog")
    dialog.locator("canvas[data-ready=true]").wait_for()
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert dialog.bounding_box()["width"] <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_hard_to_use(open_page, written, axe, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(written)
    section = drawn(page)
    assert axe(page) == []
    cell(section, "gradcam").get_by_role("button").click()
    page.locator("dialog canvas[data-ready=true]").wait_for()
    assert axe(page) == []


def test_paper_has_the_images_in_view(section):
    """All of them are drawn: there is no time to draw others."""
    section.page.wait_for_function("() => !document.querySelector('.image canvas[data-ready=false]')")
    seen = section.locator(".image").count()
    section.page.emulate_media(media="print")
    section.page.wait_for_timeout(200)
    assert 0 < section.locator(".image").count() == seen
    assert not section.locator(".image canvas[data-ready=false]").count()
    whole, last = (section.locator(name).last.bounding_box() for name in (".scroller", ".image .cells"))
    assert whole["y"] + whole["height"] >= last["y"] + last["height"]  # nothing is cut off
    assert not section.locator(".toolbar").is_visible()
