"""A run whose metrics remove parts of the images: each network and method is asked once, and no map is made again."""

import numpy as np
import polars as pl
import pytest
import zarr

import cambench
from cambench.metrics import DEFAULT
from cambench.store.tables import read

CHOSEN = ["average_drop_in_deletion", "single_deletion", "mu_fidelity", "road", "road_morf", "road_lerf", "arcc"]
S, M = 3, 2  # nine images in shards of four; methods


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """A finished run of other metrics, to which these are added."""
    made = finished.copy(tmp_path_factory.mktemp("removals") / "copy")
    made.config["metrics"] = [*DEFAULT, *CHOSEN]
    return made


@pytest.fixture(scope="module")
def jobs(project):
    """The jobs that the metrics asked for, by rule."""
    return project.executed()


def test_each_network_and_method_is_asked_once(jobs, project):
    stages = {"perturbations": S, "complement": S * M, "road": S * M, "metrics": M}
    stages |= {"perturbations_store": 1, "complement_store": M, "road_store": M}
    assert {rule: count for rule, count in jobs.items() if rule in stages} == stages
    assert {"images", "predictions", "channel_scores", "saliency", "masked", "curves"}.isdisjoint(jobs)
    assert project.planned() == {}


def test_a_metric_that_asks_for_more_makes_that_alone(jobs, project):
    """Taking one away makes nothing but tables; cells of another size make perturbations, and complements stay."""
    whole, block = project.config["metrics"], project.config.pop("perturbations", {})
    project.config["metrics"] = [*whole, "entropy"]
    assert {"perturbations", "complement", "saliency"}.isdisjoint(project.planned())
    project.config |= {"metrics": whole, "perturbations": {"cells": 5}}
    planned = project.planned()
    assert (planned["perturbations"], planned["metrics"]) == (S, M)
    assert {"complement", "complement_store", "road", "saliency", "masked"}.isdisjoint(planned)
    project.config["perturbations"] = block


def test_other_shares_make_what_removes_them(jobs, project):
    block = project.config.pop("road", {})
    project.config["road"] = {"shares": [50]}
    planned = project.planned()
    assert (planned["road"], planned["metrics"]) == (S * M, M)
    assert {"perturbations", "complement", "saliency", "masked", "curves"}.isdisjoint(planned)
    project.config["road"] = block


def test_arcc_alone_asks_for_road(jobs, project):
    chosen, project.config["metrics"] = project.config["metrics"], ["arcc"]
    assert project.planned().keys().isdisjoint({"saliency", "road"})
    project.config["metrics"] = chosen


def test_what_is_stored(jobs, project):
    store = zarr.open_group(project.results / "perturbations" / "tiny.zarr", mode="r")
    names = ("cells", "subsets", "removed")
    assert {name: (store[name].shape, store[name].metadata.dimension_names) for name in names} == {
        "cells": ((9, 16), ("image", "cell")),
        "subsets": ((9, 200), ("image", "subset")),
        "removed": ((9, 200, 81), ("image", "subset", "place")),
    }
    assert set(store["removed"][:].sum(2).flatten()) == {16}
    assert store["passes"][:].tolist() == [217] * 9
    complement = zarr.open_group(project.results / "complement" / "tiny" / "gradcam.zarr", mode="r")
    assert complement["probability"].shape == (9,)
    road = zarr.open_group(project.results / "road" / "tiny" / "gradcam.zarr", mode="r")
    for name in ("morf", "lerf"):
        assert (road[name].shape, road[name].metadata.dimension_names) == ((9, 4), ("image", "share"))
    assert road["passes"][:].tolist() == [8] * 9


def test_columns_passes_and_costs(jobs, project):
    table = read(project.results / "metrics.parquet")
    assert table["perturbations_passes"].to_list() == [217] * 9 * M
    assert table["complement_passes"].to_list() == [1] * 9 * M
    assert table["road_passes"].to_list() == [8] * 9 * M
    for name in CHOSEN:
        assert table[name].is_finite().all()
    cost = pl.read_csv(project.results / "tables" / "cost.csv")
    passes = {stage: cost.filter(stage=stage)["passes"].to_list() for stage in ("perturbations", "complement", "road")}
    assert passes == {"perturbations": [217], "complement": [1] * M, "road": [8] * M}


def test_the_mean_of_arcc_is_that_of_the_images(jobs, project):
    means = read(project.results / "metrics.parquet").group_by("method").agg(pl.col("arcc").mean())
    both = read(project.results / "tables" / "summary.parquet").join(means, on="method", suffix="_of_images")
    assert both["arcc"].to_list() == pytest.approx(both["arcc_of_images"].to_list())  # and not of the means


def test_evaluate_gives_the_same_to_the_bit(jobs, project, monkeypatch):
    """Of the images of one job, because batches are cut there as they are here."""
    monkeypatch.chdir(project.folder)
    run = cambench.open_run(project.results)
    paths = [f"photos/{path}" for path in run.manifest["path"][4:8]]
    options = {key: run.config[key] for key in ("metrics", "curves")} | {"name": "tiny", "progress": False}
    options["labels"] = run.manifest["label"][4:8]
    table = cambench.evaluate(run.config["networks"]["tiny"], paths, list(run.methods), **options)
    expected = run.metrics.filter(pl.col("image").is_between(4, 7)).with_columns(pl.col("image") - 4)
    assert table.equals(expected.select(table.columns))


def test_only_what_a_metric_takes_is_stored(jobs, project, tmp_path):
    """Without mu-fidelity there are no subsets; the store opens all the same."""
    copy = project.copy(tmp_path / "copy")
    copy.config["metrics"] = ["single_deletion"]
    copy.run("results/test/perturbations/tiny.zarr/zarr.json", "results/test/metrics/tiny/gradcam.parquet")
    store = zarr.open_group(copy.results / "perturbations" / "tiny.zarr", mode="r")
    assert {name: store[name].shape for name in ("cells", "subsets")} == {"cells": (9, 16), "subsets": (9, 0)}
    assert store["passes"][:].tolist() == [17] * 9
    whole = zarr.open_group(project.results / "perturbations" / "tiny.zarr", mode="r")
    np.testing.assert_allclose(store["cells"][:], whole["cells"][:], atol=1e-6)
    table = read(copy.results / "metrics" / "tiny" / "gradcam.parquet")
    assert {*table.columns} & {*CHOSEN} == {"single_deletion"}
