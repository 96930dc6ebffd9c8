"""Captions say what the numbers rest on, warn where labels look wrong, and claim nothing that a run does not show."""

from dataclasses import replace

import frames
import polars as pl
import pytest

from cambench.report import captions

TITLES, NETWORKS = {"net": "Net_1"}, {"net": {"classes": 1000}}
FACTS = captions.Facts(
    rejected=1,
    target="predicted",
    space="normalised",
    order="scale_then_upsample",
    precision="float32",
    bootstrap=frames.BOOTSTRAP,
    pixels_per_step=224,
)


@pytest.fixture(scope="module")
def frame():
    return frames.random()


def test_caption(frame):
    text = captions.caption(frame, TITLES, NETWORKS, FACTS)
    assert "Net_1: 30 images, top-1 50.0 %" in text
    assert "1 file rejected" in text
    assert "224 pixels per step" in text
    assert "masked in normalised space, scale then upsample" in text
    assert "float32; 95 % intervals from 400 paired resamples" in text
    assert "WARNING" not in text
    assert "On the demo" not in text


def test_caption_of_a_run_without_curves_or_rejected_files(frame):
    text = captions.caption(frame, TITLES, NETWORKS, replace(FACTS, rejected=0, pixels_per_step=None))
    assert "0 files rejected" in text
    assert "per step" not in text


def test_what_a_precision_moved_is_said(frame):
    facts = replace(FACTS, precision="bfloat16", effect={"average_drop": 0.123})
    text = captions.caption(frame, TITLES, NETWORKS, facts)
    assert "On the demo bfloat16 moved a method's mean by at most (points): average drop 0.12." in text


def test_every_network_is_named():
    frame = pl.concat([frames.random(), frames.random(images=10, network="other")])
    networks = {**NETWORKS, "other": {"classes": 10}}
    text = captions.caption(frame, {"other": "Other", "net": "Net_1"}, networks, FACTS)
    assert "Other: 10 images, top-1 50.0 %; Net_1: 30 images, top-1 50.0 %; 1 file rejected" in text


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        (lambda label: label + 1, "predicts the label +1 for 100.0 % of the images and the label itself for 0.0 %"),
        (lambda label: label - 1, "predicts the label -1 for 100.0 % of the images and the label itself for 0.0 %"),
        (lambda label: label * 0 + 999, "top-1 of 0.0 %, near chance (0.1 %)"),
    ],
)
def test_labels_that_look_wrong_are_said_in_the_caption(frame, predicted, said):
    wrong = frame.with_columns(predicted(pl.col("label")).alias("predicted"))
    assert said in captions.caption(wrong, TITLES, NETWORKS, FACTS)


def test_guessing_among_few_classes_is_no_reason_to_warn(frame):
    wrong = frame.with_columns(pl.lit(999).alias("predicted"))
    assert captions.warnings(wrong, TITLES, {"net": {"classes": 10}}) == []


def test_unlabelled_images_are_no_reason_to_warn(frame):
    unlabelled = frame.with_columns(pl.lit(-1).alias("label"))
    assert captions.warnings(unlabelled, TITLES, NETWORKS) == []
    assert "top-1" not in captions.caption(unlabelled, TITLES, NETWORKS, FACTS)


def test_a_map_that_hides_nothing_is_spoken_of_only_where_there_is_one():
    assert "hides" not in captions.of_figures([])["fooled"]
    assert "Highlighted: Fake-CAM, a map that hides next to nothing" in captions.of_figures(["Fake-CAM"])["fooled"]
