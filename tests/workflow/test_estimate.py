"""`snakemake estimate`: what the run will take, before anything is run."""

import polars as pl
import pytest


@pytest.fixture(scope="module")
def estimated(finished, tmp_path_factory):
    """An estimate of a run that has not begun, and what it printed."""
    project = finished.copy(tmp_path_factory.mktemp("estimate") / "copy")
    said = project.run("estimate").stdout
    return pl.read_csv(project.results / "estimate.csv"), said, finished


def test_jobs_are_those_that_the_run_made(estimated):
    table, _, finished = estimated
    jobs = dict(table.group_by("stage").agg(pl.col("jobs").sum()).iter_rows())
    logs = [path.relative_to(finished.results / "logs").parts for path in (finished.results / "logs").rglob("*.log")]
    made = {stage: sum(parts[0].removesuffix(".log") == stage for parts in logs) for stage in jobs}
    made["tables"] = jobs["tables"]  # every job after the metrics, together
    assert jobs == made
    assert sum(jobs.values()) == len(logs)


def test_passes_are_those_that_the_run_counted(estimated):
    table, _, finished = estimated
    metrics = pl.read_parquet(finished.results / "metrics.parquet")
    passes = {(row["stage"], row["method"] or ""): row["passes"] for row in table.iter_rows(named=True)}
    for method in ("gradcam", "scorecam"):
        counted = metrics.filter(method=method)["masked_passes"].sum()
        # On noise another number of Score-CAM's channels may be constant.
        assert passes["masked", method] == pytest.approx(counted, rel=0.4)
        assert passes["saliency", method] == 0  # which others make, though each method counts them
    counted = metrics.filter(method="scorecam")["saliency_passes"].sum()
    assert passes["channel_scores", ""] == pytest.approx(counted - 9, rel=0.4)
    assert passes["predictions", ""] == 9


def test_what_it_says(estimated):
    table, said, _ = estimated
    lines = said.splitlines()
    assert "9 images" in said
    assert any(line.startswith("| total") for line in lines)
    assert any(line.startswith("tiny: ") and "forward passes a second" in line for line in lines)
    assert lines[-1].startswith("About ")
    assert lines[-1].endswith("with 2 jobs at a time.")
    assert (table["hours"] > 0).all()
