"""Digests of the settings that files were made with: which setting changes which stage's."""

import json

import pytest

from cambench.plan.made import Made
from cambench.store.layout import SETTINGS

ALL = {"images", "predictions", "saliency", "masked", "curves", "metrics"}
CHANGES = {
    "masking": ({"masking": {"space": "pixels"}}, {"masked", "metrics"}),
    "order": ({"masking": {"order": "upsample_then_scale"}}, {"masked", "curves", "metrics"}),
    "area": ({"curves": {"area": "mean"}}, {"metrics"}),
    "steps": ({"curves": {"pixels_per_step": 100}}, {"curves", "metrics"}),
    "points": ({"curves": {"points": 2}}, {"curves", "metrics"}),
    "target": ({"target": "label"}, ALL - {"images"}),
    "title": ({"methods": {"gradcam": {"cam": "gradcam", "title": "Other"}}}, set()),
    "batch": ({"compute": {"batch": 2}}, set()),
    "resamples": ({"tables": {"resamples": 7}}, set()),
    "limits": ({"dataset": {"kind": "folder", "path": "photos", "min_side": 5}}, set()),
    "method": (
        {"methods": {"gradcam": {"cam": "smoothgradcampp", "settings": {"samples": 3}}}},
        {"saliency", "masked", "curves", "metrics"},
    ),
}


@pytest.fixture
def digests(planned, wildcards):
    def of(**changes):
        return planned(**changes).made.of("metrics")(wildcards(network="one", method="gradcam"))

    return of


def test_digests_are_of_what_a_job_reads_and_writes(plan, wildcards):
    which = wildcards(network="one", method="gradcam", shard="1")
    assert set(plan.made.of("metrics")(which)) == ALL
    assert set(plan.made.of("saliency")(which)) == {"images", "predictions", "saliency"}
    assert set(plan.made.of("images")(wildcards(preprocessing="resize40-crop32-bilinear"))) == {"images"}
    assert all(len(digest) == 16 for digest in plan.made.of("metrics")(which).values())


@pytest.mark.parametrize("name", CHANGES)
def test_a_setting_changes_the_stages_that_follow_from_it(digests, name):
    change, expected = CHANGES[name]
    before, after = digests(), digests(**change)
    assert {stage for stage in before if after[stage] != before[stage]} == expected


def test_a_store_and_the_jobs_that_write_it_agree(plan, wildcards):
    """Whether the job names its preprocessing or a network that has it."""
    images = plan.made.digest("images", wildcards(preprocessing="resize40-crop32-bilinear"))
    assert plan.made.of("predictions")(wildcards(network="one"))["images"] == images
    specs = {(spec["stage"], *spec["names"]): spec["settings"] for spec in plan.files.specs()}
    stages = ("saliency", "masked", "curves")
    pairs = plan.made.of_pairs(*stages)(None)
    for network, method in plan.run.pairs:
        for stage in stages:
            assert specs[stage, network, method] == pairs[f"{network} {method}"][stage]


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"masking": {"space": "pixels"}}, {"table", "summary"}),
        ({"methods": {"gradcam": {"cam": "gradcam"}}}, {"table", "summary"}),
        ({"tables": {"resamples": 7}}, {"summary"}),
        ({"compute": {"batch": 2}}, set()),
    ],
)
def test_tables_of_the_whole_run(planned, change, moved):
    before, after = planned().made, planned(**change).made
    assert {name for name in ("table", "summary") if getattr(before, name)() != getattr(after, name)()} == moved


def test_without_curves_their_settings_do_not_count(planned, wildcards):
    plan = planned(curves={"enabled": False})
    assert "curves" not in plan.made.of("metrics")(wildcards(network="one", method="gradcam"))


def test_another_settings_store_is_refused_if_nothing_would_make_it_again(plan, wildcards, tmp_path):
    """Snakemake's records of other files are none of this one."""
    which, root = wildcards(network="one", method="gradcam"), tmp_path / "a.zarr"
    records = {f"{tmp_path}/b.zarr/zarr.json"}
    made = Made(plan.run, plan.settings, lambda file: file in records)
    root.mkdir()
    assert made.strangers(root, "masked", which) == []
    for digest, lines in ((plan.made.digest("masked", which), 0), ("0" * 16, 1)):
        (root / "zarr.json").write_text(json.dumps({"attributes": {SETTINGS: digest}}))
        assert len(made.strangers(root, "masked", which)) == lines
    records.add(f"{root}/zarr.json")
    assert made.strangers(root, "masked", which) == []
