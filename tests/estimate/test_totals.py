"""An estimate's arithmetic, added up by hand for ten images, one network and one method."""

import dataclasses

import pytest

from cambench.estimate import totals
from cambench.estimate.timing import Cost, Timing
from cambench.estimate.totals import Work

SHARDS = {"images": 10, "predictions": 10, "saliency": 4, "masked": 4, "curves": 10}
NET = Timing(
    images="resize32-crop32-bilinear",
    map=(8, 8),
    input=(32, 32),
    device="cpu",
    open=1.0,
    predictions=Cost(0.1, 1),
    curves=Cost(0.7, 7),
    methods={"gc": {"saliency": Cost(0.2, 1), "masked": Cost(0.3, 1)}},
)
WORK = Work(10, {"gc": SHARDS}, {"gc": "layer"}, pixels_per_step=256, light=0.5, heavy=2.0, decode=0.01, given={})
# Jobs, passes, bytes and seconds. A job that runs the network starts in 2 s and opens it in 1 s; all others, and the
# one that finishes each store, start in 0.5 s.
EXPECTED = {
    "manifest": (1, 0, 0, 0.5 + 10 * 0.01),
    "machine": (1, 0, 0, 2),
    "images": (1 + 1, 0, 10 * (32 * 32 * 3 + 8 + 8), 2 * 0.5 + 10 * 0.01),
    "networks": (1, 0, 0, 2 + 2 * 1),
    "predictions": (1 + 1, 10, 10 * (8 + 8 + 8 + 8 + 8), (2 + 1) + 0.5 + 10 * 0.1),
    "saliency": (3 + 1, 10, 10 * (8 * 8 * 4 + 4 + 4), 3 * (2 + 1) + 0.5 + 10 * 0.2),
    "masked": (3 + 1, 10, 10 * (8 + 8 * 8 * 4 + 4 + 4), 3 * (2 + 1) + 0.5 + 10 * 0.3),
    "curves": (1 + 1, 70, 10 * (2 * 5 * 8 + 4 + 4), (2 + 1) + 0.5 + 10 * 0.7),
    "metrics": (1, 0, 10 * 150, 0.5),
    "tables": (11, 0, 0, 11 * 0.5 + 12),
}


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


def test_a_given_speed_ten_times_the_measured_one():
    """The machine measured 10 passes a second; what it does beside them takes as long as before."""
    faster = {"predictions": 0.01, "saliency": 0.02, "masked": 0.03, "curves": 0.07}
    jobs = {"predictions": 1, "saliency": 3, "masked": 3, "curves": 1}
    expected = {stage: (*EXPECTED[stage][:3], jobs[stage] * (2 + 1) + 0.5 + 10 * faster[stage]) for stage in faster}
    check(estimate(given={"net": 100, "other": 1}), {**EXPECTED, **expected})


def test_without_curves():
    expected = {stage: numbers for stage, numbers in EXPECTED.items() if stage != "curves"}
    check(estimate(pixels_per_step=None), expected)
    check(estimate(dataclasses.replace(NET, curves=None), pixels_per_step=None), expected)


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
        "curves": (2, 70, 10 * (2 * 3 * 8 + 4 + 4), EXPECTED["curves"][3]),
    }
    check(estimate(dataclasses.replace(NET, map=(4, 6), input=(16, 24))), {**EXPECTED, **expected})


def test_the_text_has_totals_and_says_what_it_rests_on():
    table = totals.estimate({"net": NET}, WORK)
    shown = totals.text(table, 2, totals.assumptions({"net": NET}, WORK))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in shown.splitlines() if "|" in line]
    assert rows[0] == ["stage", "network", "method", "jobs", "passes", "hours", "MB"]
    assert [row[0] for row in rows[2:]] == [*EXPECTED, "total"]
    jobs, passes, size, seconds = (sum(numbers) for numbers in zip(*EXPECTED.values(), strict=True))
    assert (jobs, passes) == (29, 100)
    assert rows[-1] == ["total", "", "", "29", "100", f"{seconds / 3600:.3f}", f"{size / 1e6:.3f}"]
    assert shown.splitlines()[-3:] == [
        "10 images; 0.5 s to start a job, 2.0 s with torch.",
        "net: 10 (measured on cpu) forward passes a second.",
        "About 0.5 minutes with 2 jobs at a time.",
    ]
    assert seconds == pytest.approx(64.7)


def test_the_text_says_which_speed_was_given_and_counts_in_hours():
    work = dataclasses.replace(WORK, images=1_000_000, given={"net": 100})
    shown = totals.text(totals.estimate({"net": NET}, work), 4, totals.assumptions({"net": NET}, work))
    assert "1,000,000 images; " in shown
    assert "net: 100 (given; 10 measured on cpu) forward passes a second." in shown
    jobs = 2 * 250_000 + 2 * 100_000  # of saliency, masked, predictions, curves
    light = 1 + 100_001 + 4 + 1 + 9  # manifest, images, finishing, metrics, tables
    seconds = jobs * 3 + light * 0.5 + 1e6 * (0.01 + 0.02 + 0.03 + 0.07 + 2 * 0.01) + 2 + 4 + 12
    assert shown.endswith(f"About {seconds / 3600 / 4:.1f} hours with 4 jobs at a time.")
