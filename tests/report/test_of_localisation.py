"""The table of numbers of the whole set about where objects are, and what the page and the paper say of them."""

import json

import frames
import pages
import polars as pl
import pytest

from cambench.report import formats, of_localisation
from cambench.report.contents import data, paper
from cambench.report.contents.sources import typed
from cambench.results.localisation import NUMBERS, SCHEMA, THRESHOLDS

METHODS = {"good": "Good", "fair": "Fair & co", "fair2": "Fair, too", "bad": "Bad"}


def table(boxes=True):
    """Numbers of four methods, of which two are equal."""
    rows = []
    for method, value in frames.LEVELS.items():
        values = dict.fromkeys(NUMBERS, value)
        ends = {f"{name}_{end}": value + by for name in NUMBERS for end, by in (("low", -0.05), ("high", 0.05))}
        found = {"network": "net", "method": method, "images": 1200, "object_lost": 0.125, **values, **ends}
        rows.append(found | dict.fromkeys(THRESHOLDS, value / 2))
    made = pl.DataFrame(rows, SCHEMA)
    of_boxes = [name for name in SCHEMA if name.startswith(("max_box", "threshold"))]
    return made if boxes else made.with_columns(pl.lit(None, pl.Float64).alias(name) for name in of_boxes)


def test_the_best_is_bold_with_half_of_its_interval():
    pages = formats.render(of_localisation.view(table(), {"net": "Net"}, METHODS))
    assert "| Net | Good | **80.00** ±5.00 |" in " ".join(pages["md"].replace("       ", " ").split())
    heads = ["MaxBoxAcc ↑", "MaxBoxAccV2 ↑", "PxAP ↑", "Pixel accuracy ↑", "Mean IoU ↑", "t"]
    assert [cell.strip() for cell in pages["md"].splitlines()[0].strip("|").split("|")] == ["Network", "Method", *heads]
    assert "1,200 images, whose crop leaves out 12.5 % of the objects." in pages["md"]
    assert "chosen on these images" in pages["md"]
    assert "Fair \\& co" in pages["tex"]
    assert pages["md"].count("**") == 2 * 5


def test_what_needs_boxes_is_left_out_where_there_are_none():
    view = of_localisation.view(table(boxes=False), {"net": "Net"}, METHODS)
    assert list(view.cells) == ["PxAP ↑", "Pixel accuracy ↑", "Mean IoU ↑"]
    assert "MaxBoxAcc" not in view.details + view.caption


def test_one_image_has_no_intervals():
    alone = table().with_columns(
        pl.lit(None, pl.Float64).alias(f"{name}_{end}") for name in NUMBERS for end in ("low", "high")
    )
    assert "±5" not in formats.markdown(of_localisation.view(alone, {"net": "Net"}, METHODS))


@pytest.mark.parametrize("boxes", [True, False])
def test_the_page_and_the_paper_say_it(boxes):
    read = typed(pl.read_csv(table(boxes).write_csv().encode(), infer_schema_length=None))
    found = pages.sources(frames.levels(), frames.ONE, pages.methods(**METHODS), tables={"localisation": read})
    made = json.loads(json.dumps(data.data(found), allow_nan=False))
    assert made["localisation"]["columns"] == list(SCHEMA)
    first = dict(zip(SCHEMA, made["localisation"]["rows"][0], strict=True))
    assert (first["method"], first["pixel_ap"], first["mean_iou_low"], first["images"]) == ("good", 0.8, 0.75, 1200)
    assert first["max_box_accuracy"] == (0.8 if boxes else None)
    assert [one["title"] for one in made["of_the_set"]] == ["MaxBoxAcc", "MaxBoxAccV2"] * boxes + [
        "PxAP",
        "Pixel accuracy",
        "Mean IoU",
    ]
    said, cited = paper.paragraph(found), paper.bibtex(found)
    assert "PxAP (Choe et al., 2020), Pixel accuracy (Chefer et al., 2021) and Mean IoU (Chefer et al., 2021)." in said
    assert ("thresholds that are the best on these images" in said) is boxes
    assert "Evaluating Weakly Supervised Object Localization Methods Right" in cited


def test_a_run_that_does_not_ask_has_nothing_of_it():
    found = pages.sources(frames.levels(), frames.ONE, pages.methods(**METHODS))
    made = data.data(found)
    assert (made["localisation"]["rows"], made["of_the_set"]) == ([], [])
    assert "Of all images together" not in paper.paragraph(found)
