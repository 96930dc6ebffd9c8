"""Samples as the plan sees them: what is said of them, what a pilot answers, and what must not be thrown away."""

import json
import os

import polars as pl
import pytest

from cambench.images import sample, sources
from cambench.plan.sample import thrown_away
from cambench.store import tables

DATASET = {"kind": "folder", "path": "photos", "label": "pattern", "pattern": r"_(?P<label>\d)"}
DRAWN = {"images": 6, "seed": 0, "stratify": "none"}
PILOT = {"half_width": 1, "pilot": 4}


def sampled(**block):
    return {**DATASET, "sample": {**DRAWN, **block}}


def test_nothing_is_said_where_all_images_are_taken(planned):
    assert planned().run.sample() is None
    assert planned().run.population() == 9  # ten files, of which one is listed as rejected


def test_what_is_said_of_a_sample(planned):
    """The manifest of the fixture has one image of each label from 0 to 9; the files have four labels."""
    plan = planned(dataset=sampled())
    assert plan.run.sample() == {"images": 10, "of": 9, "seed": 0, "stratify": "none", "fewest": 1}
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
    (tmp_path / "results" / "test" / "sample.json").write_text(json.dumps({"images": 8}))
    assert plan.run.expected() == 8


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
        tables.write(folder / "manifest.parquet", pl.DataFrame({"path": paths}), made.drawing if made else "")
        tables.write(folder / "rejected.parquet", pl.DataFrame({"path": []}, schema={"path": pl.String}))
        return {"run": "test", "dataset": {**dataset, "sample": {**DRAWN, **changes}}}

    return write


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
    assert json.loads(SIX.drawing) == {"seed": 0, "stratify": "none"}
