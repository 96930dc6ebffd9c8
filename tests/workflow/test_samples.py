"""Random samples through the workflow: what growing makes, and a sample that is as large as it needs to be."""

import json

import numpy as np
import polars as pl
import pytest
from projects import make_images, make_small
from scipy import stats

from cambench.results.precision import deviations

# One network, one method, no curves: what follows the chunk files.
STORES = {"images_store": 1, "predictions_store": 1, "saliency_store": 1, "masked_store": 1, "metrics": 1}
TABLES = {"collect": 1, "summary": 1, "tables": 1, "cost": 1, "classes": 1, "figures": 1, "gallery": 1}
TABLE, MEASURED = "results/test/metrics.parquet", {"metrics": 1, "collect": 1}
AFTER = {**STORES, **TABLES, "report": 1, "provenance": 1}


def chunks(count):
    """As many jobs of every stage that is cut."""
    return dict.fromkeys(("images", "predictions", "saliency", "masked"), count)


def listed(project):
    return pl.read_parquet(project.results / "manifest.parquet")


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """Every metric of 6 of 24 images, in shards of 4."""
    project = make_small(tmp_path_factory.mktemp("sampled") / "run")
    make_images(project.folder / "photos", range(24))
    project.config["dataset"]["sample"] = {"images": 6}
    assert project.executed(TABLE) == {"networks": 1, "manifest": 1, **chunks(2), **MEASURED}
    return project


def test_a_sample_grows_shrinks_and_grows_again(sampled, tmp_path):
    """Growing makes new shards and the last one again that was not full; after shrinking, nothing is lost."""
    project = sampled.copy(tmp_path / "copy")
    block, small = project.config["dataset"]["sample"], listed(project)
    block["images"] = 10
    assert project.executed() == {"manifest": 1, **chunks(2), **AFTER, "machine": 1, "class_names": 1}
    grown = listed(project)
    assert (len(grown), grown[:6].equals(small)) == (10, True)
    assert project.planned() == {}
    block["images"] = 4  # the edge of a shard
    assert project.executed(TABLE) == {"manifest": 1, **MEASURED}
    block["images"] = 10
    assert project.executed(TABLE) == {"manifest": 1, **MEASURED}
    assert listed(project).equals(grown)
    del project.config["dataset"]["sample"]  # all of them; those that are known keep their places
    assert project.executed(TABLE) == {"manifest": 1, **chunks(4), **MEASURED}
    assert listed(project)[:10].equals(grown)


def test_another_drawing_of_a_finished_run_is_refused(sampled, tmp_path):
    project = sampled.copy(tmp_path / "copy")
    project.config["dataset"]["sample"]["seed"] = 1
    refused = project.run("-n", check=False)
    lost = "config: dataset.sample: seed 1 would throw away the results of 6 of 6 images in results/test; "
    said = refused.stderr.splitlines()[-1]
    assert (refused.returncode, said) == (1, f"{lost}give the run another name, or remove that folder")


def test_images_that_come_and_go_are_no_other_drawing(sampled, tmp_path):
    """The set is another one then; today as before, the rows that change are made again."""
    project = sampled.copy(tmp_path / "copy")
    first = listed(project)["path"][0]
    (project.folder / "photos" / first).unlink()
    project.run("-n")


@pytest.fixture(scope="module")
def sure(tmp_path_factory):
    """A run that is as sure as wanted, whose pilot has 12 of 60 images, and the jobs that it took."""
    project = make_small(tmp_path_factory.mktemp("sure") / "run")
    make_images(project.folder / "photos", range(60))
    sample = {"half_width": 1.2, "pilot": 12, "stratify": "label"}
    project.config["dataset"]["sample"] = sample
    return project, project.executed()


def test_a_sample_is_as_large_as_it_needs_to_be(sure):
    """Stein's two stages, written out once more, on the pilot's rows of the finished table."""
    project, _ = sure
    found = json.loads((project.results / "sample.json").read_text())
    table = pl.read_parquet(project.results / "metrics.parquet").sort("image")
    names = ("coherency", "complexity", "average_drop")
    sd = 100 * deviations({name: table[name].to_numpy()[:12] for name in names})["adcc"]
    needed = (stats.t.ppf(0.975, 11) * sd / 1.2) ** 2
    assert 12 < needed < 60
    assert found["cells"] == [
        {
            "network": "tiny",
            "method": "gradcam",
            "metric": "adcc",
            "sd": pytest.approx(sd),
            "images": int(np.ceil(needed)),
        }
    ]
    assert found["images"] == -(-needed // 4) * 4 == len(table) == len(listed(project))
    sd = 100 * deviations({name: table[name].to_numpy() for name in names})["adcc"]
    assert stats.t.ppf(0.975, len(table) - 1) * sd / np.sqrt(len(table)) < 1.2


def test_no_job_of_a_pilot_is_made_twice(sure):
    project, executed = sure
    shards = len(listed(project)) // 4
    assert (
        executed.items()
        >= {"pilot": 1, "pilot_metrics": 1, "sample_size": 1, "manifest": 1, **chunks(shards), **AFTER}.items()
    )
    assert project.planned() == {}
    pilot = pl.read_parquet(project.results / "pilot" / "manifest.parquet")
    assert listed(project)[:12].equals(pilot)
    measured = pl.read_parquet(project.results / "pilot" / "metrics" / "tiny" / "gradcam.parquet")
    whole = pl.read_parquet(project.results / "metrics" / "tiny" / "gradcam.parquet")
    assert measured.equals(whole[:12])


def test_lost_files_of_a_pilot_are_made_again(sure):
    project, _ = sure
    assert project.planned_without(project.results / "sample.json")["sample_size"] == 1
    assert project.planned_without(project.results / "pilot/metrics/tiny/gradcam.parquet")["pilot_metrics"] == 1
    assert project.planned_without(project.results / "pilot/manifest.parquet")["pilot"] == 1
    assert project.planned() == {}


def test_a_changed_setting_reaches_the_pilot(sure):
    """Whatever the target; all jobs that there were for its rows are planned, and not just the last."""
    project, _ = sure
    project.config["masking"] = {"order": "upsample_then_scale"}
    planned = project.planned("results/test/sample.json")
    del project.config["masking"]
    assert planned == {"masked": 3, "pilot_metrics": 1, "sample_size": 1}


def test_surer_means_need_more_images(sure):
    """The pilot stays what it is; and if there are too few images, it is said."""
    project, _ = sure
    before = listed(project)
    project.config["dataset"]["sample"]["half_width"] = 0.3
    executed = project.executed(TABLE)
    grown = listed(project)
    assert grown[: len(before)].equals(before)
    assert len(grown) == 60
    said = (project.results / "logs/sample_size.log").read_text()
    assert "cambench: dataset.sample: ±0.3 points were wanted, which takes " in said
    assert ", but there are 60\n" in said
    assert executed == {"sample_size": 1, "manifest": 1, **chunks((len(grown) - len(before)) // 4), **MEASURED}
