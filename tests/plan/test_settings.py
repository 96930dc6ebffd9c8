"""What decides a result, and what does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from cambench import methods, paths
from cambench.plan.settings import _precision_effect
from cambench.provenance import digests

WHICH = {"network": "one", "method": "gradcam"}


def test_a_title_decides_nothing(planned, wildcards):
    plan = planned()
    assert "title" not in plan.settings.of_network("two")
    assert plan.settings.method(wildcards(**WHICH)) == {"cam": "gradcam", "settings": {}, "version": 1}


def test_a_method_that_changes_anothers_maps_says_which_one_and_of_which_version(planned, wildcards):
    methods_block = {"worse": {"cam": "degraded", "settings": {"cam": "layercam"}}}
    found = planned(methods=methods_block).settings.method(wildcards(network="one", method="worse"))
    assert found["of"] == {"cam": "layercam", "version": methods.facts("layercam").version}


def test_files_decide_by_their_contents(planned, tmp_path, wildcards):
    (tmp_path / "net.py").write_text("def make(): ...\n")
    (tmp_path / "net.pth").write_bytes(b"weights")
    network = {"factory": "net:make", "weights": "./net.pth", "preprocessing": {"crop": 32, "resize": 32}}

    def digests():
        found = planned(networks={"one": network}).settings.of_network("one")
        return found["weights_digest"], found["source_digest"]

    first = digests()
    (tmp_path / "net.py").write_text("def make(): return 1\n")
    (tmp_path / "net.pth").write_bytes(b"other weights")
    second = digests()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_maps_from_a_file(planned, tmp_path, wildcards):
    which = wildcards(network="one", method="mine")
    first = planned().settings
    assert first.resolution(which) == [3, 5]
    assert not first.has_masked_maps(which)
    files = first.method(which)["files"]
    np.save(tmp_path / "maps.npy", np.zeros((10, 3, 5), np.float32))
    assert planned().settings.method(which)["files"] != files


def test_the_names_of_maps_decide(planned, tmp_path, wildcards):
    methods = {"mine": {"cam": "file", "settings": {"path": "maps.npy", "names": "names.txt"}}}

    def files(*names):
        (tmp_path / "names.txt").write_text("\n".join(names))
        return planned(methods=methods).settings.method(wildcards(network="one", method="mine"))["files"]

    names = [f"{number}.png" for number in range(10)]
    first, second = files(*names), files(*reversed(names))
    assert first != second
    assert first == files(*names)


def test_files_of_maps_are_looked_at_once_however_many_jobs_ask(planned, wildcards):
    settings, read = planned().settings, digests.tree_digest
    with pytest.MonkeyPatch.context() as patched:
        asked = []
        patched.setattr(digests, "tree_digest", lambda *file: asked.append(file) or read(*file))
        found = [settings.method(wildcards(network=name, method="mine"))["files"] for name in ("one", "two", "one")]
    assert found[0] == found[1] == found[2]
    assert len(asked) == len(found[0]) == 1


def test_masking(plan, planned, wildcards):
    assert plan.settings.scaling(wildcards(**WHICH)) == {"relu": True, "order": "scale_then_upsample"}
    assert plan.settings.masking(wildcards(**WHICH))["space"] == "normalised"
    fake = planned(methods={"gradcam": {"cam": "fakecam"}}).settings
    assert fake.scaling(wildcards(**WHICH))["relu"] is False
    assert fake.resolution(wildcards(**WHICH)) == "input"


def test_the_order_of_equal_pixels_decides_a_curve(plan, planned):
    assert plan.settings.curves()["ties"] == "random"
    assert planned(curves={"ties": "reading"}).settings.curves()["ties"] == "reading"


def test_drawn_points_decide_a_curve(plan, planned):
    """And how much work its jobs are: of the four inner steps two are drawn, which takes five passes."""
    drawn = planned(curves={"points": 2})
    assert plan.run.points == {"pixels_per_step": 224, "points": "all"}
    assert drawn.run.points == drawn.files.spec("curves")(SimpleNamespace(**WHICH))["points"]
    assert drawn.run.points == {"pixels_per_step": 224, "points": 2}
    assert [planned.settings.curves()["points"] for planned in (plan, drawn)] == ["all", 2]
    assert drawn.settings.caption()["curves"]["points"] == 2
    assert [planned.run.shards("one", "gradcam")["curves"] for planned in (plan, drawn)] == [1, 2]


def test_no_curves(planned):
    plan = planned(curves={"enabled": False})
    assert plan.run.points is None
    assert plan.settings.curves() == {}
    assert plan.settings.area() is None
    assert plan.settings.caption()["curves"] is None


def test_attributes_are_what_decides_a_store(plan, wildcards):
    which = wildcards(preprocessing="resize40-crop32-bilinear", shard="0", **WHICH)
    attributes = {stage: plan.settings.attributes(stage)(which) for stage in ("images", "predictions", "curves")}
    assert set(attributes["images"]) == {"preprocessing", "dataset"}
    assert attributes["predictions"]["settings"]["factory"] == "tiny:Tiny"
    assert attributes["curves"]["curves"]["pixels_per_step"] == 224
    assert attributes["curves"]["settings"]["network"]["seed"] == 0


def test_captions_say_what_a_precision_does(planned):
    assert planned().settings.caption()["effect"] == {}
    low = planned(compute={"precision": "bfloat16"}).settings.caption()
    assert low["precision"] == "bfloat16"
    assert low["effect"]["adcc"] > 0


def test_a_precision_s_effect_is_its_largest_shift_of_each_metric(monkeypatch, tmp_path):
    table = tmp_path / "tf32.csv"
    table.write_text(
        "network,device,metric,method,images,shift,low,high\na,b,adcc,c,9,-0.2,-1,1\na,d,adcc,c,9,0.1,-1,1\n"
    )
    monkeypatch.setattr("cambench.plan.settings.paths.reference", lambda _: table)
    assert _precision_effect("tf32") == {"adcc": 0.2}
    assert _precision_effect("float32") == {}
    table.write_text("network,device,metric,method,images,shift,low,high\n")  # not measured yet
    assert _precision_effect("tf32") == {}


def test_captions_say_whose_attention_is_taken_where_a_method_takes_it(planned):
    assert not planned().settings.caption()["attends"]
    assert planned(methods={"rollout": {"cam": "rollout"}}).settings.caption()["attends"]
    takes = {name for name in methods.names() if methods.facts(name).attends}
    assert takes == {"attngradcam", "chefer", "rawattention", "rollout"}


def test_published(planned):
    chosen = {"gradcam": {"cam": "gradcam", "published": "Grad-CAM"}, "mine": {"cam": "gradcam"}}
    settings = planned(methods=chosen).settings
    assert settings.published_labels() == {"gradcam": "Grad-CAM"}
    published = settings.published()
    assert published["ours"]["networks"]["two"]["preprocessing.resize"] == 40
    assert published["ours"]["methods"] == {"Grad-CAM": {"cam": "gradcam"}}
    assert published["preset"]["networks"]["vgg16"]["preprocessing.resize"] == 224


def test_an_edited_preset_is_no_standard(planned, tmp_path, monkeypatch):
    """Beside a workflow without any preset, and whatever lies in the working folder, the paper's settings are known."""
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "poppi2021.json").write_text("{}")
    monkeypatch.setattr(paths, "snakefile", lambda: tmp_path / "Snakefile")
    assert planned().settings.published()["preset"]["run"]["dataset.images"] == 50_000


def test_the_paper_has_intervals_if_they_are_wanted(planned):
    assert planned().settings.printed_intervals() is None
    assert planned(tables={"intervals": True, "confidence": 0.9}).settings.printed_intervals() == 0.9


def test_a_run_records_the_versions_of_its_metrics_and_methods(planned):
    found = planned(curves={"enabled": False}).settings.definitions()
    assert found["methods"] == {"gradcam": 1, "scorecam": 1, "mine": 1}
    assert found["metrics"]["adcc"] == 1
    assert "deletion" not in found["metrics"]
