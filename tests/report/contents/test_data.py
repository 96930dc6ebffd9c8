"""The page's data: plain, finite, the same for the same run, and as the tables have them."""

import json

import frames
import pages
import polars as pl
import pytest

from cambench.report.contents import data, files, numbers
from cambench.report.contents.sources import methods_of, typed

METHODS = pages.methods(good="Good", fair="Fair", fair2="Fair, too", bad="Bad")


@pytest.fixture(scope="module")
def sources():
    tables = {"curves": pages.curves(["net"], METHODS)}
    return pages.sources(frames.levels(), frames.ONE, METHODS, tables=tables)


def test_it_is_json_without_numbers_that_are_not_finite(sources):
    found = data.data(sources)
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert json.dumps(data.data(sources)) == text


def test_numbers_are_those_of_the_tables(sources):
    found = data.data(sources)
    row = next(row for row in found["summary"] if row["method"] == "fair")
    own = sources.summary.filter(method="fair").row(0, named=True)
    for name, value in row["values"].items():
        assert value["mean"] == pytest.approx(own[name], rel=1e-5)
        assert value["low"] == pytest.approx(own[f"{name}_low"], rel=1e-5)
    pairs = found["pairwise"]
    assert pairs["columns"] == ["network", "metric", "a", "b", "difference", "low", "high", "p", "p_holm"]
    assert len(pairs["rows"]) == len(sources.pairwise)
    first = sources.pairwise.row(0)
    assert pairs["rows"][0][:4] == list(first[:4])
    assert pairs["rows"][0][4] == pytest.approx(first[4], rel=1e-5)


def test_what_speaks_for_metrics_is_that_of_the_tables():
    methods = pages.methods(good="Good", fair="Fair", random="Random")
    frame = pages.renamed(frames.levels().filter(pl.col("method") != "fair2"), bad="random")
    found = data.data(pages.sources(frame, frames.ONE, methods))
    assert found["gains"]["columns"] == ["network", "metric", "method", "over_random", "over_edges"]
    assert ["net", "coherency", "good", 1, None] in found["gains"]["rows"]
    assert ["net", "overall", "good", 1, 0, 5] in found["ranks_by_criterion"]["rows"]  # of five criteria
    assert ["net", "insertion", "faithfulness", 2, 1, 0, None] in found["judged_metrics"]["rows"]


def test_what_a_run_lacks_is_empty(sources):
    found = data.data(sources)
    assert found["published"]["rows"] == found["layers"] == found["rejected"] == []
    assert found["images"] is None
    assert found["networks"][0]["top1"] is None
    assert data.data(pages.sources(frames.levels(), frames.ONE, METHODS))["curves"] == []


def test_one_image_has_no_intervals_and_no_tests():
    found = data.data(pages.sources(frames.levels(1), frames.ONE, METHODS))
    assert all(value["low"] is None for row in found["summary"] for value in row["values"].values())
    assert {row[-1] for row in found["pairwise"]["rows"]} == {None}


def test_long_curves_are_thinned(sources):
    assert numbers.thinned(1000)[0] == 0
    assert numbers.thinned(1000)[-1] == 999
    assert len(numbers.thinned(1000)) == 65
    assert numbers.thinned(4) == [0, 1, 2, 3]
    assert numbers.thinned(1) == [0]
    (curve, *_) = data.data(sources)["curves"]
    assert curve == {
        **{"network": "net", "method": "good", "kind": "deletion"},
        **{"share": [0, 0.5, 1], "mean": [0.8, 0.4, 0], "band": [0.05] * 3},
    }


def test_links_name_each_file_once_and_of_stores_the_root():
    store = "saliency/net/good.zarr"
    paths = [
        "metrics.parquet",
        f"{store}/zarr.json",
        f"{store}/raw/zarr.json",
        "tables/summary.csv",
        "report/index.html",
    ]
    found = [link["path"] for link in files.links(paths, {})]
    assert found == [
        *("tables/summary.csv", "metrics.parquet", f"{store}/zarr.json", "provenance.json", "ro-crate-metadata.json"),
    ]
    assert all(link["about"] for link in files.links(paths, {}))


def test_figures_have_their_captions():
    captions = {"ranks": "How stable.", "summary": "No figure."}
    found = files.links(["figures/ranks.svg", "figures/ranks.pdf", "tables/summary.csv"], captions)
    assert [link["about"] for link in found[:3]] == ["Tables", "How stable.", "How stable."]


def test_methods_say_what_they_are():
    config = {"methods": {"mine": {"cam": "gradcam"}, "noise": {"cam": "random", "settings": {"seed": 1}}}}
    found = methods_of(config, {"mine": "Mine", "noise": "Noise"}, ["noise"], [])
    assert "Selvaraju" in found["mine"].about
    assert not found["mine"].control
    assert found["noise"].control
    assert found["noise"].settings == {"seed": 1}


def test_columns_without_any_value_are_numbers():
    table = pl.read_csv(b"network,method_a,p_holm\n1,2,\n")
    assert typed(table).schema == {"network": pl.String, "method_a": pl.String, "p_holm": pl.Float64}
    assert typed(table)["network"].to_list() == ["1"]
