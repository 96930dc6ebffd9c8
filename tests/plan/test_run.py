"""How a run's rows are cut into jobs, and what follows the manifest."""

import os

import polars as pl
import pytest

from cambench.store import tables


def test_shards_follow_what_a_method_costs(plan):
    """Passes of a small network count 0.02 of a ResNet-50's: Score-CAM makes 5 of them, and the curves 9."""
    common = {"images": 4, "predictions": 4, "channel_scores": 2, "curves": 1}
    assert plan.run.shards("one", "gradcam") == {**common, "saliency": 4, "masked": 4}
    assert plan.run.shards("one", "scorecam") == {**common, "saliency": 2, "masked": 2}
    assert plan.run.shards("one") == {"images": 4, "predictions": 4, "channel_scores": 2}
    assert plan.run.shards() == {"images": 4}


def test_a_method_may_name_its_shard(planned):
    plan = planned(methods={"gradcam": {"cam": "gradcam", "shard": 7}})
    assert plan.run.shards("one", "gradcam")["saliency"] == 7


def test_rows_of_a_job(plan, wildcards):
    assert plan.run.rows("predictions")(wildcards(network="one", shard="2")) == [8, 10]
    assert plan.run.rows("masked")(wildcards(network="one", method="scorecam", shard="1")) == [2, 4]
    assert plan.run.rows("metrics")(wildcards(network="one", method="gradcam")) == [0, 10]


def test_content_is_that_of_the_rows(plan, wildcards):
    shards = [plan.run.content("images")(wildcards(preprocessing="p", shard=str(n))) for n in range(3)]
    assert len(set(shards)) == 3
    path = plan.run.folder() / "manifest.parquet"
    table = tables.read(path)
    more = pl.DataFrame({"path": ["new.png"], "label": [3], "sha256": ["f" * 64], "labels": [[3]]})
    tables.write(path, pl.concat([table, more]))
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    grown = [plan.run.content("images")(wildcards(preprocessing="p", shard=str(n))) for n in range(3)]
    assert grown[:2] == shards[:2]
    assert grown[2] != shards[2]
    assert plan.run.images() == 11


def test_a_damaged_manifest_is_refused(plan, capsys):
    path = plan.run.folder() / "manifest.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SystemExit):
        plan.run.images()
    name = "results/test/manifest.parquet"
    assert capsys.readouterr().err.splitlines() == [f"{name}: damaged; mend: rm {name}, then run again"]


def test_networks_that_preprocess_alike_share_a_store(planned):
    assert list(planned().run.preprocessings) == ["resize40-crop32-bilinear"]


def test_titles_and_trivial_methods(planned):
    plan = planned(methods={"gradcam": {"cam": "gradcam", "title": "Grad-CAM"}, "fake": {"cam": "fakecam"}})
    assert plan.run.titles("networks") == {"one": "one", "two": "Two"}
    assert plan.run.titles("methods") == {"gradcam": "Grad-CAM", "fake": "fake"}
    assert plan.run.trivial == ["fake"]
    assert plan.run.controls == ["fake"]
    assert plan.run.rejected_count() == 1


def test_labels_are_followed_where_an_image_has_several(planned, wildcards, tmp_path):
    """Rows 4 to 7 hold such an image; of the others, the store of images has the label."""
    plan = planned()
    shards = [wildcards(network="one", shard=str(shard)) for shard in range(3)]
    assert [plan.run.labels("predictions")(shard) for shard in shards] == [None] * 3
    file = tmp_path / "results" / "test" / "manifest.parquet"
    table = tables.read(file)
    digests = set()
    for labels in ([5, 6], [5, 7]):
        several = [labels if number == 5 else [number] for number in range(10)]
        tables.write(file, table.with_columns(labels=pl.Series(several)))
        os.utime(file, ns=(labels[1], labels[1]))
        found = [plan.run.labels("predictions")(shard) for shard in shards]
        assert (found[0], found[2]) == (None, None)
        digests.add(found[1])
        inputs = [plan.files.inputs("predictions")(shard) for shard in shards]
        assert ["manifest" in paths for paths in inputs] == [False, True, False]
    assert len(digests - {None}) == 2


def test_folders_are_followed_where_they_are_the_labels(planned):
    assert planned().run.folders() is None
    dataset = {"kind": "folder", "path": ".", "glob": "photos/*.png", "label": "folder"}
    assert len(planned(dataset=dataset).run.folders()) == 16
