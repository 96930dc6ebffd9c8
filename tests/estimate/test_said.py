"""An estimate in words, for the ten images of ten_images.py."""

import dataclasses

import pytest
from ten_images import EXPECTED, NET, WORK

from cambench.estimate import said, totals
from cambench.estimate.said import Where


def test_the_text_has_totals_and_says_what_it_rests_on():
    table = totals.estimate({"net": NET}, WORK)
    shown = said.text(table, table, (10, 10), Where(2), said.assumptions({"net": NET}, WORK))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in shown.splitlines() if "|" in line]
    assert rows[0] == ["stage", "network", "method", "jobs", "passes", "hours", "MB"]
    assert [row[0] for row in rows[2:]] == [*EXPECTED, "total"]
    jobs, passes, size, seconds = (sum(numbers) for numbers in zip(*EXPECTED.values(), strict=True))
    assert (jobs, passes) == (29, 100)
    assert rows[-1] == ["total", "", "", "29", "100", f"{seconds / 3600:.3f}", f"{size / 1e6:.3f}"]
    assert shown.splitlines()[-4:] == [
        "10 images; 0.5 s to start a job, 2.0 s with torch, on this machine.",
        "net: 10 (measured on cpu) forward passes a second.",
        "10 images: 0.0 hours of jobs, 0.0 GB.",
        "About 0.6 minutes with 2 jobs at a time.",
    ]
    assert seconds == pytest.approx(66.7)


def test_the_text_says_which_speed_was_given_and_counts_in_hours():
    work = dataclasses.replace(WORK, images=1_000_000, given={"net": 100})
    table = totals.estimate({"net": NET}, work)
    shown = said.text(table, table, (1_000_000, 1_000_000), Where(4), said.assumptions({"net": NET}, work))
    assert "1,000,000 images; " in shown
    assert "net: 100 (given; 10 measured on cpu) forward passes a second." in shown
    jobs = 2 * 250_000 + 2 * 100_000  # of saliency, masked, predictions, curves
    light = 1 + 100_001 + 4 + 1 + 9  # manifest, images, finishing, metrics, tables
    seconds = jobs * 3 + light * 0.5 + 1e6 * (0.01 + 0.02 + 0.03 + 0.07 + 2 * 0.01) + 2 + 6 + 12
    assert shown.endswith(f"About {seconds / 3600 / 4:.1f} hours with 4 jobs at a time.")


def test_a_sample_is_set_against_the_whole():
    some, all_of_it = (
        totals.estimate({"net": NET}, dataclasses.replace(WORK, images=images)) for images in (10_000, 1_000_000)
    )
    lines = said.text(some, all_of_it, (10_000, 1_000_000), Where(2), "basis").splitlines()
    hours = [float(table["hours"].sum()) for table in (some, all_of_it)]
    size = [table["bytes"].sum() / 1e9 for table in (some, all_of_it)]
    assert lines[-2] == (
        f"10,000 of 1,000,000 images: {hours[0]:.1f} hours of jobs, {size[0]:.1f} GB; "
        f"all: {hours[1]:,.1f} hours of jobs, {size[1]:.1f} GB."
    )
    lines = said.text(some, all_of_it, (10_000, 1_000_000), Where(2, pilot=10_000), "basis").splitlines()
    assert lines[-2].startswith("10,000 of 1,000,000 images, the pilot: ")


def test_on_one_gpu_the_jobs_of_the_networks_follow_on_one_another():
    """And the others go beside them."""
    table = totals.estimate({"net": NET}, dataclasses.replace(WORK, images=100_000))
    device = table.filter(~table["stage"].is_in(["manifest", "images", "metrics", "tables"]))["hours"].sum()
    where = Where(8, "NVIDIA X")
    assert where.on_gpu(table) == pytest.approx(device)
    assert where.hours(table) == pytest.approx(device)  # an eighth of it all is less
    assert Where(8).hours(table) == pytest.approx(table["hours"].sum() / 8)
    lines = said.text(table, table, (100_000, 100_000), where, "basis").splitlines()
    assert lines[-2].startswith(f"100,000 images: {device:.1f} GPU-hours, ")
    assert lines[-1] == f"About {device:.1f} hours on one NVIDIA X."


def test_what_was_not_run_is_said_to_be_counted():
    counted = dataclasses.replace(NET, counted=True, device="measured on X on 2026-01-02")
    lines = said.assumptions({"net": counted}, WORK).splitlines()
    assert lines[1] == "net: 10 (measured on X on 2026-01-02) forward passes a second."
    assert lines[2].startswith("Jobs take as long as their passes")
