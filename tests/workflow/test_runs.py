"""Whole runs: opened stores, logs, shards and batches, refusals."""

import subprocess
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr

from cambench.metrics import DEFAULT


def metrics(project):
    return pl.read_parquet(project.results / "metrics.parquet")


def test_every_finished_store_opens_without_a_warning(finished):
    stores = sorted(path for path in Path(finished.folder, "results").rglob("*.zarr"))
    assert len(stores) == 9
    for path in stores:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with xr.open_zarr(path) as data:
                assert data.image.values.tolist() == list(range(9))
                assert {"stage", "settings", "network", "versions", "code"} - {"settings"} <= set(data.attrs)
                assert data.attrs["versions"]["cambench"]
                if path.parent.name != "images":
                    assert data.attrs["network"]["precision"] == "float32"
                    assert data.attrs["settings"]
                if path.parent.name == "curves":
                    assert data.step.values.tolist() == [0, 0.25, 0.5, 0.75, 1]
                    assert np.isfinite(data.deletion).all()
                if "raw" in data:
                    assert {"y", "x"} <= set(data.coords)
                    assert np.isfinite(data.raw).all()


def test_every_job_has_a_log_and_a_benchmark(finished):
    results = Path(finished.folder, "results/test")
    logs = {path.relative_to(results / "logs").with_suffix("") for path in (results / "logs").rglob("*.log")}
    rows = {
        path.relative_to(results / "benchmarks").with_suffix("") for path in (results / "benchmarks").rglob("*.tsv")
    }
    assert logs == rows
    assert len(logs) == 52
    assert "image" in (results / "logs/saliency/tiny/gradcam/0.log").read_text()  # its progress bar


def test_passes_are_stored(finished):
    with xr.open_zarr(Path(finished.folder, "results/test/saliency/tiny/scorecam.zarr")) as data:
        assert data.passes.values.tolist() == [1 + 3 + 1] * 9


@pytest.mark.long
def test_shards_and_batch_change_nothing_that_counts(finished, project):
    project.config |= {"shards": {"images": 5, "passes": 0.2}, "compute": {"batch": 3}}
    project.run("results/test/metrics.parquet")
    found, expected = metrics(project), metrics(finished)
    for name in (*DEFAULT, "probability", "masked_probability"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_the_smallest_run(project):
    """One image, one method, no curves: nothing to compare, and yet every table and figure."""
    for path in sorted(Path(project.folder, "photos").iterdir())[1:]:
        path.unlink()
    project.config |= {"methods": {"gradcam": {"cam": "gradcam"}}, "curves": {"enabled": False}}
    project.run()
    assert len(metrics(project)) == 1
    results = Path(project.folder, "results/test")
    figures = {path.stem for path in (results / "figures").iterdir()}
    assert figures == {"adcc", "fooled", "gallery", "judging", "pairwise", "ranks"}
    assert pl.read_csv(results / "tables/pairwise.csv").is_empty()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"methods": {"x": {"cam": "gradcm"}}}, "config: methods.x: no method 'gradcm'; did you mean 'gradcam'?"),
        (
            {"networks": {"tiny": {"factory": "tiny:Tiny", "layer": "up"}}},
            "config: networks.tiny: no layer 'up'; the last that fit are norm, relu",
        ),
    ],
)
def test_bad_input_stops_before_any_work(finished, change, line):
    saved, before = finished.config, state(finished)
    finished.config = {**saved, **change}
    refused = finished.run(check=False)
    finished.config = saved
    assert refused.returncode == 1
    said = [text for text in (refused.stdout + refused.stderr).splitlines() if "config:" in text]
    assert said == [line]
    assert "Traceback" not in refused.stderr
    assert state(finished) == before


def state(project):
    files = [path for path in Path(project.folder, "results").rglob("*") if path.is_file()]
    return {path: path.stat().st_mtime_ns for path in files}


def test_the_configuration_is_not_evaluated(project):
    """Neither a tag of YAML nor a name runs code."""
    made = project.folder / "ran"
    command = project.command("-n")
    with (project.folder / "test.yaml").open("a") as file:
        file.write(f"weights_folder: !!python/object/apply:os.mkdir ['{made}']\n")
    refused = subprocess.run(command, capture_output=True, text=True, cwd=project.folder)
    assert refused.returncode == 1
    assert not made.exists()
    project.config["run"] = f"__import__('os').mkdir('{made}')"
    assert "has characters that are not allowed here" in project.run("-n", check=False).stderr
    assert not made.exists()
