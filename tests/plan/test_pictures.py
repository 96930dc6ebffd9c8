"""What the gallery, the figure of curves and the report read."""

import pytest

NETWORKS = {"one": 40, "two": 36, "three": 40}  # shorter sides


def test_the_gallery_reads_the_rows_that_it_shows(planned):
    plan = planned(figures={"gallery_images": 3})
    assert plan.pictures.gallery_rows() == [0, 4, 9]
    found = plan.pictures.gallery(None)
    assert [path[-10:] for path in found["images.pixels one"]] == [f"ls/c/{n}/0/0/0"[-10:] for n in range(3)]
    assert [path[-8:] for path in found["saliency.raw two scorecam"]] == ["/c/0/0/0", "/c/2/0/0", "/c/4/0/0"]
    assert len(found) == 2 * (1 + 3)


@pytest.mark.parametrize(("images", "rows"), [(1, [0]), (2, [0, 9]), (4, [0, 3, 6, 9]), (99, list(range(10)))])
def test_the_gallery_is_evenly_spaced(planned, images, rows):
    assert planned(figures={"gallery_images": images}).pictures.gallery_rows() == rows


def test_curves_of_every_pair(plan):
    found = plan.pictures.curves(None)
    assert len(found) == 2 * 3 * 2
    assert len(found["curves.deletion one gradcam"]) == 10


def test_the_report_may_show_any_image(plan, wildcards):
    found = plan.pictures.report(None)
    names = ["images.pixels", "saliency.raw", "masked.raw", "curves.deletion", "curves.insertion", "curves.steps"]
    assert set(found) == {f"{name} {pair[0]} {pair[1]}" for name in names for pair in plan.run.pairs}
    assert (
        found["masked.raw one scorecam"]
        == plan.files.inputs("metrics")(wildcards(network="one", method="scorecam"))["masked.raw"]
    )


def test_a_report_without_images_reads_none(planned):
    assert planned(report={"images": 0}).pictures.report(None) == {}
    found = planned(curves={"enabled": False}).pictures.report(None)
    assert {name.split()[0] for name in found} == {"images.pixels", "saliency.raw", "masked.raw"}


def test_where_objects_are_is_drawn_once_for_each_preprocessing(planned, tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").touch()
    dataset, network = {"kind": "folder", "path": "photos", "masks": "masks"}, {"factory": "tiny:Tiny"}
    blocks = {name: {**network, "preprocessing": {"resize": side, "crop": 32}} for name, side in NETWORKS.items()}
    plan = planned(dataset=dataset, networks=blocks)
    assert plan.pictures.seeing() == {"one": "one, three", "two": "two"}
    found = plan.pictures.located(None)
    assert set(found) == {f"{what} {name}" for what in ("images.pixels", "objects") for name in ("one", "two")}
    assert found["objects two"] == "results/test/objects/resize36-crop32-bilinear.parquet"
    assert plan.pictures.located_rows() == list(range(10))
    assert "results/test/figures/objects.png" in plan.files.figures
    assert (plan.objects.kind(), plan.objects.place()) == ("masks", "masks")
    assert {"boxes", "masks"}.isdisjoint(plan.settings.dataset())


def test_there_is_no_figure_of_objects_that_no_metric_asks_for(planned, tmp_path):
    (tmp_path / "masks").mkdir()
    plan = planned(dataset={"kind": "folder", "path": "photos", "masks": "masks"}, metrics=["adcc"])
    assert not any("objects" in path for path in plan.files.recorded)


def test_methods_without_maps_of_the_masked_inputs(plan):
    assert plan.pictures.unmasked() == ["mine"]
    assert plan.pictures.masking()["gradcam"] == {"relu": True, "order": "scale_then_upsample", "space": "normalised"}
