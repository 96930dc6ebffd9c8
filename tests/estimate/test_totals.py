"""An estimate's arithmetic, added up by hand for ten images, one network and one method."""

import dataclasses

import pytest
from ten_images import EXPECTED, NET, SHARDS, WORK

from cambench.estimate import totals
from cambench.estimate.records import Cost


def estimate(timing=NET, **changes):
    """Jobs, passes, bytes and seconds by stage."""
    table = totals.estimate({"net": timing}, dataclasses.replace(WORK, **changes))
    assert table["stage"].is_unique().all()
    return {
        row["stage"]: (row["jobs"], row["passes"], row["bytes"], row["hours"] * 3600)
        for row in table.iter_rows(named=True)
    }


def check(found, expected):
    assert list(found) == list(expected)
    for stage, numbers in expected.items():
        assert found[stage] == pytest.approx(numbers), stage


def test_every_stage():
    check(estimate(), EXPECTED)


def test_rows_name_network_and_method():
    table = totals.estimate({"net": NET}, WORK)
    named = {row["stage"]: (row["network"], row["method"]) for row in table.iter_rows(named=True)}
    assert {stage for stage, names in named.items() if names == ("net", "gc")} == {
        "saliency",
        "masked",
        "curves",
        "metrics",
    }
    assert {stage for stage, names in named.items() if names == ("net", "")} == {"networks", "predictions"}
    assert {stage for stage, names in named.items() if names == ("", "")} == {"manifest", "machine", "images", "tables"}


def test_another_number_of_images_takes_what_starts_take_once_more_only_for_more_jobs():
    """Of 12 images there is a second job of the stages with ten per job, and no fourth of those with four."""
    table = totals.of_size({"net": NET}, WORK, 12)
    assert table.equals(totals.estimate({"net": NET}, dataclasses.replace(WORK, images=12)))
    more = 3600 * (table["hours"].sum() - totals.estimate({"net": NET}, WORK)["hours"].sum())
    assert more == pytest.approx(2 * (0.1 + 0.2 + 0.3 + 0.7 + 2 * 0.01) + 0.5 + 2 * 3)


def test_a_given_speed_ten_times_the_measured_one():
    """The machine measured 10 passes a second; what it does beside them takes as long as before."""
    faster = {"predictions": 0.01, "saliency": 0.02, "masked": 0.03, "curves": 0.07}
    jobs = {"predictions": 1, "saliency": 3, "masked": 3, "curves": 1}
    expected = {stage: (*EXPECTED[stage][:3], jobs[stage] * (2 + 1) + 0.5 + 10 * faster[stage]) for stage in faster}
    check(estimate(given={"net": 100, "other": 1}), {**EXPECTED, **expected})


def test_without_curves():
    expected = {stage: numbers for stage, numbers in EXPECTED.items() if stage != "curves"}
    check(estimate(points=None), expected)
    check(estimate(dataclasses.replace(NET, curves=None), points=None), expected)


def test_localisation_is_a_job_of_each_method():
    found = estimate(thresholds=100)
    assert found.pop("localisation") == pytest.approx((1, 0, 10 * 12 * 100, WORK.light + 10 * 32 * 32 * 4e-7))
    check({stage: found[stage] for stage in EXPECTED}, EXPECTED)


def test_maps_of_the_inputs_size_and_precomputed_ones():
    for resolution, cells in (("input", 32 * 32), ([3, 5], 15)):
        expected = {
            "saliency": (4, 10, 10 * (cells * 4 + 8), EXPECTED["saliency"][3]),
            "masked": (4, 10, 10 * (cells * 4 + 16), EXPECTED["masked"][3]),
        }
        check(estimate(resolutions={"gc": resolution}), {**EXPECTED, **expected})
    # Precomputed maps take no pass; their masked inputs take one.
    precomputed = {"gc": {"saliency": Cost(0, 0), "masked": NET.predictions}}
    found = estimate(dataclasses.replace(NET, methods=precomputed), resolutions={"gc": [3, 5]})
    assert found["saliency"] == pytest.approx((4, 0, 10 * (15 * 4 + 8), 3 * (2 + 1) + 0.5))
    assert found["masked"] == pytest.approx((4, 10, 10 * (15 * 4 + 16), 3 * (2 + 1) + 0.5 + 10 * 0.1))


def test_networks_that_resize_and_crop_alike_share_images():
    larger = dataclasses.replace(NET, images="resize64-crop64-bilinear", input=(64, 64))
    narrower = dataclasses.replace(NET, images="resize36-crop32-bilinear")
    pairs = [{"a": NET, "b": other} for other in (NET, larger, narrower)]
    counts = [len(totals.estimate(networks, WORK)) for networks in pairs]
    # Manifest, machine and tables, once; networks, predictions, saliency, masked, curves and metrics of each; images.
    assert counts == [3 + 2 * 6 + 1, 3 + 2 * 6 + 2, 3 + 2 * 6 + 2]


def test_rectangles():
    """Maps of 4 x 6, images of 16 x 24, whose curves take two steps of 256 pixels, the second one shorter."""
    expected = {
        "images": (2, 0, 10 * (16 * 24 * 3 + 8 + 8), EXPECTED["images"][3]),
        "saliency": (4, 10, 10 * (4 * 6 * 4 + 8), EXPECTED["saliency"][3]),
        "masked": (4, 10, 10 * (4 * 6 * 4 + 16), EXPECTED["masked"][3]),
        "curves": (2, 70, 10 * (2 * 3 * 8 + 3 * 4 + 4 + 4), EXPECTED["curves"][3]),
    }
    check(estimate(dataclasses.replace(NET, map=(4, 6), input=(16, 24))), {**EXPECTED, **expected})


def test_activations_that_are_kept_take_place_and_spare_passes():
    spared = {"gc": {"saliency": Cost(0.02, 0), "masked": Cost(0.3, 1)}}
    found = estimate(dataclasses.replace(NET, keeps=True, methods=spared))
    rest = 8 + 8 + 8 + 8 + 8
    assert found["predictions"][2] == 10 * (rest + 4 * 8 * 8 * 4)
    assert found["saliency"][1] == 0


def test_scores_of_channels_are_made_once_per_network():
    shards = {f"net {label}": {**SHARDS, "channel_scores": 5} for label in ("one", "two")}
    scored = {label: {"saliency": Cost(0.01, 0), "masked": Cost(0.5, 5)} for label in ("one", "two")}
    timing = dataclasses.replace(NET, methods=scored, scores=Cost(0.4, 4), curves=None)
    work = dataclasses.replace(WORK, shards=shards, resolutions=dict.fromkeys(scored, "layer"), points=None)
    table = totals.estimate({"net": timing}, work)
    (row,) = table.filter(stage="channel_scores").iter_rows(named=True)
    assert (row["network"], row["method"], row["jobs"], row["passes"], row["bytes"]) == (
        "net",
        "",
        3,
        40,
        10 * (16 + 4),
    )
    assert row["hours"] * 3600 == pytest.approx(2 * (2 + 1) + 0.5 + 10 * 0.4)
