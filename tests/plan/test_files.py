"""Every path that rules ask for: outputs, inputs, targets, and what a finished store has to be."""

import pytest

from cambench.store.stages import STAGES, STORES


@pytest.mark.parametrize("stage", STORES)
def test_outputs_are_the_variables_of_the_stage(plan, stage):
    outputs = plan.files.outputs(stage)
    assert list(outputs) == list(STAGES[stage].writes)
    for path in outputs.values():
        assert path.startswith(f"results/test/{stage}/")
        assert all(f"{{{name}}}" in path for name in (*STAGES[stage].per, "shard"))
    assert plan.files.metadata(stage)[0] == f"results/test/{plan.files.names(stage)}.zarr/zarr.json"


def test_inputs_cover_the_rows_of_a_job(plan, wildcards):
    found = plan.files.inputs("masked")(wildcards(network="one", method="scorecam", shard="2"))  # rows 4 and 5
    assert found == {
        "images.pixels": "results/test/images/resize40-crop32-bilinear.zarr/pixels/c/1/0/0/0",
        "images.seed": "results/test/images/resize40-crop32-bilinear.zarr/seed/c/1",
        "predictions.target": "results/test/predictions/one.zarr/target/c/1",
        "saliency.raw": "results/test/saliency/one/scorecam.zarr/raw/c/2/0/0",
    }


def test_inputs_of_shards_that_lie_across(planned, wildcards):
    plan = planned(methods={"gradcam": {"cam": "gradcam", "shard": 3}})
    found = plan.files.inputs("masked")(wildcards(network="one", method="gradcam", shard="1"))  # rows 3 to 5
    root = "results/test/predictions/one.zarr/target/c"
    assert found["predictions.target"] == [f"{root}/0", f"{root}/1"]


def test_maps_from_a_file_are_read_with_the_manifest(plan, wildcards):
    found = plan.files.inputs("saliency")(wildcards(network="one", method="mine", shard="0"))
    assert found["manifest"] == "results/test/manifest.parquet"
    assert found["manifest"].flags["ancient"]  # jobs follow its rows and not its date
    assert "manifest" not in plan.files.inputs("metrics")(wildcards(network="one", method="mine"))


def test_metrics_read_curves_where_they_are_drawn(planned, wildcards):
    which = wildcards(network="one", method="gradcam")
    assert len(planned().files.inputs("metrics")(which)["curves.deletion"]) == 10
    without = planned(curves={"enabled": False})
    assert not any(name.startswith("curves.") for name in without.files.inputs("metrics")(which))
    assert not any("/curves/" in path or "curves.svg" in path for path in without.files.recorded)


def test_every_figure_is_there_for_papers_too(planned):
    files = planned(curves={"enabled": False}).files
    assert "results/test/figures/adcc.pdf" in files.printed
    assert len(files.printed) == len(files.figures)
    assert {*files.printed, *files.figures} <= set(files.recorded)


def test_chunks_of_a_store(plan, wildcards):
    chunks = plan.files.chunks("predictions")(wildcards(network="two"))
    assert len(chunks) == 3 * len(STAGES["predictions"].writes)
    assert len(plan.files.chunks("saliency")(wildcards(network="two", method="scorecam"))) == 5 * len(
        STAGES["saliency"].writes
    )


def test_everything_asks_for_what_is_lost(plan):
    roots = plan.files.roots
    assert len(roots) == 1 + 2 + 2 + 3 * 6  # images; predictions and scores of channels; of each method
    store = plan.run.folder() / "saliency/one/gradcam.zarr"
    for path in plan.files.recorded:
        (plan.run.folder() / path.removeprefix("results/test/")).parent.mkdir(parents=True, exist_ok=True)
        (plan.run.folder() / path.removeprefix("results/test/")).touch()
    wanted = plan.files.everything(None)
    lost = [path for path in wanted if path not in roots]
    chunks = 2 * (3 + 5 + 3) * len(STAGES["saliency"].writes)  # of two networks, and of each method
    assert len([path for path in lost if "/saliency/" in path]) == chunks
    (store / "raw/c/0/0").mkdir(parents=True)
    (store / "raw/c/0/0/0").touch()
    assert "results/test/saliency/one/gradcam.zarr/raw/c/0/0/0" in wanted
    assert "results/test/saliency/one/gradcam.zarr/raw/c/0/0/0" not in plan.files.everything(None)
    (plan.run.folder() / "tables/paper.tex").unlink()
    assert "results/test/tables/paper.tex" in plan.files.everything(None)


def test_what_a_store_has_to_be(plan, wildcards):
    spec = plan.files.spec("masked")(wildcards(network="one", method="mine"))
    assert spec["names"] == ["one", "mine"]
    assert spec["rows_per_chunk"] == 4
    assert spec["resolution"] == [3, 5]
    assert spec["has_masked_maps"] is False
    assert spec["attributes"]["masking"] == {"order": "scale_then_upsample", "space": "normalised"}
    assert len(plan.files.specs()) == len(plan.files.roots)


def test_the_published_table_comes_from_the_package(planned):
    assert planned().files.published() == {}
    found = planned(tables={"published": "reference/published.csv"}).files
    assert found.published()["weights"].endswith("cambench/reference/weights.csv")
    assert "results/test/tables/published.tex" in found.tables
    assert found.reported["published"] == "results/test/tables/published.csv"
    assert "published" not in planned().files.reported


def test_the_report_reads_tables_of_numbers(plan, planned):
    names = {"pairwise", "ranks", "kendall", "cost", "summary", "ranks_by_criterion", "gains", "judged_metrics"}
    assert planned(curves={"enabled": False}).files.reported.keys() == names
    assert plan.files.reported.keys() == {*names, "curves"}
    assert set(plan.files.reported.values()) <= set(plan.files.tables)
