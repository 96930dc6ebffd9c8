"""A run with class sensitivity, efficient MPRT and max-sensitivity, whose methods run again."""

import numpy as np
import polars as pl
import pytest
import torch
import zarr

import cambench
from cambench.metrics import DEFAULT
from cambench.store.tables import read

CHOSEN = ["class_sensitivity", "efficient_mprt", "max_sensitivity"]
STAGES = ("other_class", "random_weights", "sensitivity")
S, M = 3, 4  # nine images in shards of four; methods that can run again
MEASURED = 5


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """The run of the other tests, with three metrics more, and with controls and maps that come from a file."""
    made = finished.copy(tmp_path_factory.mktemp("again") / "project")
    names = sorted(path.name for path in (made.folder / "photos").iterdir())
    (made.folder / "names.txt").write_text("\n".join(names))
    np.save(made.folder / "maps.npy", np.random.default_rng(0).random((9, 4, 4), np.float32))
    made.config["methods"] |= {name: {"cam": name} for name in ("random", "fakecam")}
    made.config["methods"]["given"] = {"cam": "file", "settings": {"path": "maps.npy", "names": "names.txt"}}
    made.config |= {"metrics": [*DEFAULT, *CHOSEN], "sensitivity": {"images": MEASURED, "copies": 3}}
    return made


@pytest.fixture(scope="module")
def jobs(project):
    """The jobs that were run, by rule."""
    return project.executed()


def of_method(project, method):
    return read(project.results / "metrics.parquet").filter(method=method).sort("image")


def test_each_method_runs_again(jobs, project):
    """And no map of the two methods that were there is made twice."""
    assert [jobs[stage] for stage in STAGES] == [M * S] * 3
    assert (jobs["saliency"], jobs["masked"]) == (3 * S, 3 * S)
    assert {"images", "predictions"}.isdisjoint(jobs)
    assert project.planned() == {}
    assert not any((project.results / stage / "tiny" / "given.zarr").exists() for stage in STAGES)


@pytest.mark.parametrize(
    ("stage", "block"),
    [("other_class", {"which": "second"}), ("random_weights", {"seed": 1}), ("sensitivity", {"radius": 0.1})],
)
def test_a_setting_makes_its_stage_again(jobs, project, stage, block):
    before = project.config.pop(stage, None)
    project.config[stage] = (before or {}) | block
    planned = project.planned()
    assert (planned[stage], planned["metrics"]) == (M * S, M)
    assert {"saliency", "masked", *STAGES}.intersection(planned) == {stage}
    project.config |= {stage: before or {}}


def test_what_is_stored(jobs, project):
    stores = {stage: zarr.open_group(project.results / stage / "tiny" / "gradcam.zarr", mode="r") for stage in STAGES}
    for stage in STAGES[:2]:
        assert stores[stage]["raw"].shape == (9, 8, 8)
        assert stores[stage]["passes"][:].tolist() == [1] * 9
    target = zarr.open_group(project.results / "predictions" / "tiny.zarr", mode="r")["target"][:]
    other = stores["other_class"]["other"][:]
    assert ((other != target) & (other >= 0) & (other < 5)).all()
    change = stores["sensitivity"]["change"]
    assert (change.shape, change.metadata.dimension_names) == ((9, 3), ("image", "copy"))
    assert np.isfinite(change[:]).all(1).tolist() == [True] * MEASURED + [False] * (9 - MEASURED)
    assert stores["sensitivity"]["passes"][:].tolist() == [3] * MEASURED + [0] * (9 - MEASURED)


def test_columns_and_flags(jobs, project):
    gradcam = of_method(project, "gradcam")
    assert gradcam["class_sensitivity"].is_between(-1, 1).all()
    assert gradcam["efficient_mprt"].is_finite().all()
    assert gradcam["max_sensitivity"].is_finite().to_list() == [True] * MEASURED + [False] * (9 - MEASURED)
    assert not gradcam["nonfinite"].any()
    for name in ("random", "fakecam"):
        assert of_method(project, name)["class_sensitivity"].to_list() == pytest.approx([1] * 9)
        assert of_method(project, name)["efficient_mprt"].to_list() == [0] * 9
    assert of_method(project, "fakecam")["max_sensitivity"].to_list()[:MEASURED] == [0] * MEASURED
    given = of_method(project, "given")
    assert all(given[name].is_nan().all() for name in CHOSEN)
    assert not given["nonfinite"].any()


def test_means_are_of_the_images_that_were_measured(jobs, project):
    summary = pl.read_parquet(project.results / "tables" / "summary.parquet")
    values = of_method(project, "gradcam")["max_sensitivity"].to_list()[:MEASURED]
    row = summary.row(by_predicate=pl.col("method") == "gradcam", named=True)
    assert row["max_sensitivity"] == pytest.approx(np.mean(values))
    assert row["max_sensitivity_low"] < row["max_sensitivity"] < row["max_sensitivity_high"]
    assert summary["max_sensitivity_images"].to_list() == [MEASURED] * (M + 1)
    assert summary["images"].to_list() == [9] * (M + 1)
    assert summary.row(by_predicate=pl.col("method") == "given", named=True)["max_sensitivity"] is None
    said = (project.results / "tables" / "summary.md").read_text()
    assert f"Max-Sensitivity is of the first {MEASURED} images." in said


def test_passes_and_costs(jobs, project):
    cost = pl.read_csv(project.results / "tables" / "cost.csv").filter(method="gradcam")
    passes = dict(cost.select("stage", "passes").iter_rows())
    assert (passes["other_class"], passes["random_weights"]) == (1, 1)
    assert passes["sensitivity"] == pytest.approx(3 * MEASURED / 9)
    scorecam = pl.read_csv(project.results / "tables" / "cost.csv").filter(method="scorecam", stage="other_class")
    operations = dict(cost.select("stage", "operations").iter_rows())
    assert operations["other_class"] == 0  # its clean pass is that of stage `predictions`
    assert operations["random_weights"] > 0
    assert scorecam["passes"].to_list() == [5]  # the scores of the explained class serve no other


def test_a_run_is_whole(jobs, project):
    assert "no defect" in project.run("verify").stdout


def test_evaluate_gives_the_same_to_the_bit(jobs, project, monkeypatch):
    """Of the images of the first job, because batches are cut there as they are here, and rows begin with it."""
    monkeypatch.chdir(project.folder)
    run = cambench.open_run(project.results)
    rows, threads = slice(0, 4), torch.get_num_threads()
    torch.set_num_threads(1)
    options = {"metrics": run.config["metrics"], "labels": run.manifest["label"][rows], "name": "tiny"}
    options |= {"curves": run.config["curves"], "sensitivity": {"images": 100, "copies": 3}}
    paths, methods = [f"photos/{path}" for path in run.manifest["path"][rows]], run.methods[:M]
    table = cambench.evaluate(run.config["networks"]["tiny"], paths, methods, progress=False, **options)
    torch.set_num_threads(threads)
    expected = run.metrics.filter(pl.col("image") < 4, pl.col("method") != "given")
    assert table.equals(expected.select(table.columns))
