"""`cambench explore` in a browser: the same page on all images, which come from the run's files."""

import numpy as np
import polars as pl
import pytest
import synthetic
from playwright.sync_api import expect
from serving import served

import cambench
from cambench.masks import masks

from .test_images import NET, cell, choose, drawn, first, pixels

pytestmark = pytest.mark.browser
IMAGES = 300


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explored") / "run"
    folder.mkdir()
    synthetic.write(folder, IMAGES)
    return cambench.open_run(folder)


@pytest.fixture(scope="module")
def address(run):
    with served(run) as at:
        yield f"{at}/"


@pytest.fixture
def section(page, address):
    page.goto(address)
    return drawn(page)


def ordered(run, value, *methods):
    rows = run.metrics.filter(pl.col("method").is_in(methods))
    return rows.group_by("image").agg(key=value).sort("key", "image")["image"].to_list()


METHODS = [cam for cam in synthetic.CAMS if cam not in synthetic.CONTROLS]


def test_all_images_are_there_and_few_are_drawn(section):
    assert section.locator(".count").inner_text() == f"{IMAGES} images of the run."
    assert section.locator(".image").count() < 20
    expect(section.get_by_role("listitem").first).to_have_attribute("aria-setsize", str(IMAGES))


def test_the_end_is_as_near_as_the_beginning(section, run):
    worst = ordered(run, pl.mean("adcc"), *METHODS)
    assert first(section) == worst[0]
    scroller = section.locator(".scroller")
    scroller.evaluate("(list) => (list.scrollTop = list.scrollHeight)")
    expect(section.locator(".image").last).to_have_attribute("data-image", str(worst[-1]))
    scroller.evaluate("(list) => (list.scrollTop = list.scrollHeight / 2)")
    expect(section.locator(f".image[data-image='{worst[IMAGES // 2]}']")).to_be_visible()
    assert section.locator(".image").count() < 20


def test_keys_scroll(section):
    before = first(section)
    section.locator(".scroller").focus()
    section.page.keyboard.press("End")
    expect(section.locator(f".image[data-image='{before}']")).to_have_count(0)


def test_orders_and_filters_are_the_servers(section, run):
    choose(section, "Order", "disputed")
    wanted = ordered(run, pl.max("adcc") - pl.min("adcc"), *METHODS)
    expect(section.locator(".image").first).to_have_attribute("data-image", str(wanted[-1]))
    section.get_by_label("Find file or class").fill("of things 77")
    expect(section.locator(".count")).to_have_text(f"1 found among {IMAGES} images of the run.")
    section.get_by_label("Find file or class").fill("no such file")
    expect(section.locator(".count")).to_have_text(f"0 found among {IMAGES} images of the run.")


def test_pictures_are_those_of_the_stores_to_a_grey_level(section, run):
    image = first(section)
    read = run.reader(NET, "gradcam")
    photograph = read("images.pixels")[image : image + 1][0].astype(int)
    assert np.array_equal(pixels(section.locator("figure.cell canvas").first), photograph)
    choose(section, "View", "masked")
    U = masks(read("saliency.raw")[image : image + 1], (224, 224), run.masking("gradcam"))[0]
    mean = 255 * np.array(synthetic.PREPROCESSING["mean"])
    found = pixels(cell(section, "gradcam").locator("canvas"))
    np.testing.assert_allclose(found, mean + (photograph - mean) * U[..., None], atol=0.51)


def test_curves_and_steps_from_image_to_image(section, run):
    worst = ordered(run, pl.mean("adcc"), *METHODS)
    cell(section, "gradcam").get_by_role("button").click()
    dialog = section.get_by_role("dialog")
    dialog.locator("figure svg").wait_for()
    for image in worst[1:4]:
        dialog.get_by_role("button", name="Next").click()
        expect(dialog.get_by_role("heading")).to_have_text(f"gradcam on {run.manifest['path'][image]}")


def test_what_the_server_refuses_is_said(chromium, address):
    page = chromium.new_page()  # whose console has the refusal, too
    page.goto(address)
    section = drawn(page)
    page.route("**/rows?*", lambda route: route.fulfill(status=404, body="the run is gone"))
    section.locator(".toolbar select").first.select_option("best")
    expect(section.locator(".count")).to_have_text("the run is gone")
    page.close()
