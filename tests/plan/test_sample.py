"""Samples as the plan sees them: what is said of them, what a pilot answers, and what must not be thrown away."""

import json
import os

import polars as pl
import pytest

from cambench.images import sample, sources
from cambench.plan.sample import mark, thrown_away
from cambench.store import tables

DATASET = {"kind": "folder", "path": "photos", "label": "pattern", "pattern": r"_(?P<label>\d)"}
DRAWN = {"images": 6, "seed": 0, "stratify": "none", "step": 500}
PILOT = {"half_width": 1, "pilot": 4}


def sampled(**block):
    return {**DATASET, "sample": {**DRAWN, **block}}


def test_nothing_is_said_where_all_images_are_taken(planned):
    assert planned().run.sample() is None
    assert planned().run.population() == 9  # ten files, of which one is listed as rejected


def test_what_is_said_of_a_sample(planned):
    """The manifest of the fixture has one image of each label from 0 to 9; the files have four labels."""
    plan = planned(dataset=sampled())
    said = {"images": 10, "of": 9, "seed": 0, "stratify": "none", "fewest": 1, "unreached": None}
    assert plan.run.sample() == said
    without = planned(dataset={"kind": "folder", "path": "photos", "sample": DRAWN})
    assert without.run.sample()["fewest"] is None
    path = plan.run.folder() / "manifest.parquet"
    tables.write(path, tables.read(path)[1:])
    os.utime(path, ns=(1, 1))
    assert planned(dataset=sampled()).run.sample()["fewest"] == 0


def test_how_many_images_are_expected_before_they_are_listed(planned, tmp_path):
    assert planned().run.expected() == 10
    assert planned(dataset=sampled()).run.expected() == 6
    plan = planned(dataset={**DATASET, "sample": PILOT})
    assert plan.run.expected() == 4
    decided = tmp_path / "results" / "test" / "sample.json"
    asked = {**PILOT, "metrics": ["adcc"], "confidence": 0.95}
    decided.write_text(json.dumps({**asked, "images": 8}))
    assert plan.run.expected() == 8


@pytest.mark.parametrize("change", [{"half_width": 2}, {"pilot": 5}, {"metrics": ["deletion"]}, {"confidence": 0.9}])
def test_what_a_pilot_told_for_something_else_is_not_expected(planned, tmp_path, change):
    plan = planned(dataset={**DATASET, "sample": PILOT})
    decided = {**PILOT, "metrics": ["adcc"], "confidence": 0.95, "images": 8, **change}
    (tmp_path / "results" / "test" / "sample.json").write_text(json.dumps(decided))
    assert plan.run.expected() == 4


@pytest.fixture
def piloted(planned, tmp_path, monkeypatch):
    """A plan whose pilot of four images is listed, and the rest is not."""

    def unmade():
        raise LookupError("the manifest is not made")

    dataset = {**DATASET, "sample": PILOT}
    plan = planned(dataset=dataset)
    folder = tmp_path / "results" / "test"
    (folder / "pilot").mkdir()
    whole = tables.read(folder / "manifest.parquet")
    tables.write(folder / "pilot" / "manifest.parquet", whole[:4])
    monkeypatch.setattr(plan.run.lists, "_pilot", lambda: "results/test/pilot/manifest.parquet")
    made = plan.run.lists._made
    monkeypatch.setattr(plan.run.lists, "_made", unmade)
    return plan, lambda: monkeypatch.setattr(plan.run.lists, "_made", made)


def test_a_pilot_answers_for_its_rows_before_and_after_the_manifest(piloted, wildcards):
    plan, make = piloted
    shard = wildcards(preprocessing="p", shard="0")
    asked = plan.run.rows("images"), plan.run.content("images"), plan.pilot.listing("images")
    before = [ask(shard) for ask in asked]
    assert before[0] == [0, 4]
    assert before[2] == "results/test/pilot/manifest.parquet"
    assert plan.run.folder().name == "test"
    with pytest.raises(LookupError):
        plan.run.rows("images")(wildcards(preprocessing="p", shard="1"))
    make()
    assert [ask(shard) for ask in asked] == before
    assert plan.run.rows("images")(wildcards(preprocessing="p", shard="2")) == [8, 10]
    assert plan.pilot.listing("images")(wildcards(preprocessing="p", shard="1")) == "results/test/manifest.parquet"


def test_a_precision_that_the_data_set_has_too_few_images_for(piloted, tmp_path):
    """Nine of its ten files are images."""
    plan, make = piloted
    make()
    for needed, said in ((9, None), (10, {"half_width": 1, "needed": 10})):
        (tmp_path / "results/test/sample.json").write_text(json.dumps({"half_width": 1, "needed": needed}))
        assert plan.run.sample()["unreached"] == said


def test_bad_files_that_a_pilot_has_met_are_not_counted(piloted, tmp_path):
    """Its four images are the first, third, fourth and sixth of the order: the second and fifth are bad."""
    plan, _ = piloted
    order = sample.of(plan.config["dataset"]).order(sources.find(plan.config["dataset"]))
    path = tmp_path / "results/test/pilot/manifest.parquet"
    names = pl.Series("path", [order[place].path for place in (0, 2, 3, 5)])
    tables.write(path, tables.read(path).with_columns(names))
    os.utime(path, ns=(3, 3))
    assert plan.pilot.wanted()["most"] == 8


def test_what_a_pilot_makes(piloted, planned, wildcards):
    plan, _ = piloted
    assert len(plan.pilot.tables) == 6
    found = plan.files.inputs("metrics", plan.pilot.rows)(wildcards(network="one", method="gradcam"))
    assert found["predictions.target"] == "results/test/predictions/one.zarr/target/c/0"
    assert plan.pilot.for_manifest(None)["decided"] == "results/test/sample.json"
    assert plan.pilot.wanted() == {**PILOT, "metrics": ["adcc"], "confidence": 0.95, "most": 10, "whole": 4}
    assert set(plan.pilot.made) <= set(plan.files.recorded)
    without = planned(dataset=sampled())
    assert (without.pilot.tables, without.pilot.made, without.pilot.for_manifest(None)) == ([], [], {})


def test_jobs_end_where_a_pilot_ends(planned):
    plan = planned(dataset={**DATASET, "sample": {"half_width": 1, "pilot": 6}}, shards={"images": 4})
    assert plan.run.shards()["images"] == 3


@pytest.fixture
def drawn(planned, tmp_path):
    """Writes the manifest of a sample, or of all images for None: `drawn(sample)`; and there are results."""
    planned()
    folder = tmp_path / "results" / "test"
    (folder / "images").mkdir()
    dataset = {"devkit": None, "glob": "**/*", **DATASET}

    def write(made, **changes):
        order = made.order(sources.find(dataset)) if made else sources.find(dataset)
        paths = [item.path for item in order][: made.images if made else None]
        block = {"sample": {**DRAWN, "seed": made.seed, "stratify": made.stratify}} if made else {}
        tables.write(folder / "manifest.parquet", pl.DataFrame({"path": paths}), mark(dataset | block))
        tables.write(folder / "rejected.parquet", pl.DataFrame({"path": []}, schema={"path": pl.String}))
        return {"run": "test", "dataset": {**dataset, "sample": {**DRAWN, **changes}}, **CUT}

    return write


CUT = {
    "shards": {"images": 4, "passes": 0.2},
    "methods": {"gradcam": {"cam": "gradcam", "settings": {}}},
    "curves": {"pixels_per_step": 256, "points": "all"},
}
SIX = sample.Sample(6, 0, "none")


@pytest.mark.parametrize(
    ("made", "changes", "what"),
    [
        (SIX, {"seed": 1}, "seed 1"),
        (SIX, {"stratify": "label"}, "stratify label"),
        (SIX, {"seed": 3, "stratify": "label"}, "seed 3 and stratify label"),
        (None, {}, "a sample"),
    ],
)
def test_another_drawing_throws_results_away(drawn, made, changes, what, tmp_path):
    config = drawn(made, **changes)
    before = pl.read_parquet(tmp_path / "results/test/manifest.parquet")["path"].to_list()
    now = [item.path for item in sample.of(config["dataset"]).order(sources.find(config["dataset"]))][:6]
    lost = sum(old != new for old, new in zip(before, now, strict=False))
    (line,) = thrown_away(config)
    place = f"{lost} of {len(before)} images in results/test"
    said = f"config: dataset.sample: {what} would throw away the results of {place}"
    assert line == f"{said}; give the run another name, or remove that folder"
    assert lost > 2


def test_what_throws_nothing_away(drawn, tmp_path):
    for images in (2, 6, 9):  # smaller, equal, larger
        assert list(thrown_away(drawn(SIX, images=images))) == []
    config = drawn(SIX, seed=1)
    del config["dataset"]["sample"]
    assert list(thrown_away(config)) == []
    (tmp_path / "photos" / "000_0.png").unlink()  # another set, drawn in the same way
    assert list(thrown_away(drawn(SIX))) == []
    config = drawn(SIX, seed=1)
    (tmp_path / "results/test/images").rmdir()  # nothing was done
    assert list(thrown_away(config)) == []


def test_all_images_whose_first_ones_are_the_sample(drawn, tmp_path):
    """As they are after a sample was given up for all images."""
    config = drawn(SIX)
    path = tmp_path / "results/test/manifest.parquet"
    first = tables.read(path)["path"].to_list()
    rest = [item.path for item in sources.find(config["dataset"]) if item.path not in first]
    tables.write(path, pl.DataFrame({"path": [*first, *rest]}))
    assert list(thrown_away(config)) == []


def of(block):
    """The fixture's data set with a block of a sample, or None."""
    return {**DATASET, "devkit": None, "glob": "**/*"} | ({"sample": block} if block else {})


IMAGES, MORE = DRAWN, {**DRAWN, "images": 9}
SURE, SURER = ({**PILOT, "half_width": half, "seed": 0, "stratify": "none"} for half in (1, 0.5))


@pytest.fixture
def recut(drawn, tmp_path):
    """What is said when results of one way of sampling come to another: `recut(before, now)`, blocks or None."""
    drawn(SIX)
    path = tmp_path / "results/test/manifest.parquet"

    def say(before, now, **shards):
        found = [item.path for item in SIX.order(sources.find(of(None)))]
        tables.write(path, pl.DataFrame({"path": found[:6] if before else found}), mark(of(before)))
        whole = {"images": 5000, "passes": 20000}
        return thrown_away({"run": "test", "dataset": of(now), **CUT, "shards": {**whole, **shards}})

    return say


@pytest.mark.parametrize(
    ("before", "now", "how", "mend"),
    [
        (IMAGES, None, "without it", "write sample: {images: 10}, "),
        (IMAGES, SURE, "with pilot: 4", ""),
        (SURE, None, "without it", ""),
        (SURE, IMAGES, "with images: 6", ""),
        (SURE, {**SURE, "pilot": 6}, "with pilot: 6", ""),
        (IMAGES, {**IMAGES, "step": 5000}, "with step: 5000", ""),
    ],
)
def test_another_way_of_sampling_cuts_results_anew(recut, before, now, how, mend):
    """Sizes of jobs divide 5,000 images of a whole data set, 500 of a sample, and a pilot."""
    lost = "jobs are cut into other sizes, and the results of 6 images in results/test would be made again"
    rest = f"{mend}give the run another name, or remove that folder"
    assert recut(before, now) == [f"config: dataset.sample: {how}, {lost}; {rest}"]


@pytest.mark.parametrize(("before", "now"), [(IMAGES, MORE), (SURE, SURER), (None, None)])
def test_growing_in_one_way_is_never_refused(recut, before, now):
    assert recut(before, now) == []
    assert recut(before, now, images=7) == []


def test_ways_of_sampling_that_cut_alike(recut, tmp_path):
    """Sizes of 4 divide 500, 5,000 and a pilot of 4; a list of an earlier version does not say how it was cut."""
    assert recut(IMAGES, None, images=4) == recut(SURE, IMAGES, images=4) == []
    table = tables.read(tmp_path / "results/test/manifest.parquet")
    tables.write(tmp_path / "results/test/manifest.parquet", table, json.dumps({"seed": 0, "stratify": "none"}))
    assert thrown_away({"run": "test", "dataset": of(None), **CUT, "shards": {"images": 5000, "passes": 1}}) == []


def test_sizes_of_the_stages_that_have_results(recut, planned, tmp_path):
    """Images are cut alike, 3 to a job; predictions, 2 or 1 by their work, count only if there are any."""
    six, nine = ({**SURE, "pilot": pilot} for pilot in (6, 9))
    plan = planned(dataset=of(nine), shards={"images": 3, "passes": 0.05})
    assert recut(six, nine, images=3) == []
    plan.run.network_facts("one")
    assert thrown_away(plan.config) == []
    (tmp_path / "results/test/predictions").mkdir()
    assert len(thrown_away(plan.config)) == 1
