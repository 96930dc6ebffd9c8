"""Files and params of a run that asks for numbers of the whole set about where objects are."""

import pytest

ASKED = {"dataset": {"kind": "folder", "path": "photos", "boxes": "boxes.csv"}, "localisation": {"thresholds": 9}}


@pytest.fixture
def asking(planned, tmp_path):
    (tmp_path / "boxes.csv").write_text("path,left,top,right,bottom\n000_0.png,1,2,30,40\n")
    return lambda **changes: planned(**{**ASKED, **changes})


def test_every_file_is_asked_for_and_recorded(asking, planned):
    plan = asking()
    tables = [f"results/test/localisation/{network}/{method}.parquet" for network, method in plan.run.pairs]
    assert plan.localisation.tables == tables
    pages = {f"results/test/tables/localisation.{kind}" for kind in ("csv", "md", "tex", "html")}
    assert {*tables, *pages} <= set(plan.files.recorded)
    assert plan.files.reported["localisation"] == "results/test/tables/localisation.csv"
    without = planned()
    assert without.localisation.tables == without.localisation.stages == without.localisation.shown == []
    assert not any("localisation" in path for path in without.files.recorded)
    assert "localisation" not in without.files.reported


def test_a_job_reads_all_maps_of_a_method_and_the_objects(asking, wildcards):
    plan, which = asking(), wildcards(network="one", method="gradcam")
    found = plan.files.inputs("localisation")(which)
    assert found.keys() == {"saliency.raw"}
    assert plan.run.rows("localisation")(which) == [0, 10]
    assert plan.run.shards_of("localisation")(which) == {"saliency": plan.run.shards("one", "gradcam")["saliency"]}
    objects = {"objects": "results/test/objects/resize40-crop32-bilinear.parquet"}
    assert plan.localisation.objects(which) == objects
    assert plan.localisation.thresholds() == 9


def test_objects_are_placed_though_no_metric_asks(asking, wildcards):
    plan = asking(metrics=["entropy"])
    assert plan.objects.tables == ["results/test/objects/resize40-crop32-bilinear.parquet"]
    assert not plan.objects.needed
    assert plan.objects.of_metrics(wildcards(network="one", method="gradcam")) == {}


def test_what_decides_a_table(asking, wildcards, tmp_path):
    """The maps, how they become masks, the objects and the thresholds; not the metrics, nor how tables are made."""
    which = wildcards(network="one", method="gradcam")

    def digest(**changes):
        return asking(**changes).made.digest("localisation", which)

    first = digest()
    assert digest(metrics=["entropy"]) == digest(tables={"resamples": 7}) == first
    changes = [{"localisation": {}}, {"masking": {"order": "upsample_then_scale"}}, {"target": "label"}]
    changed = {digest(**change) for change in changes}
    (tmp_path / "boxes.csv").write_text("path,left,top,right,bottom\n000_0.png,1,2,30,41\n")
    assert len(changed | {digest(), first}) == 5
