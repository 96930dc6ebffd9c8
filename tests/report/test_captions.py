"""Captions say what the numbers rest on, warn where labels look wrong, and claim nothing that a run does not show."""

import math
from dataclasses import replace

import frames
import polars as pl
import pytest

from cambench.report import captions

PREPROCESSING = {
    **{"resize": 224, "crop": 224, "interpolation": "bilinear"},
    **{"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
}
NETWORK = {
    **{"classes": 1000, "score": "softmax", "layer": "layer4", "random": False},
    **{"layout": "nchw", "prefix": 0, "map": [7, 7], "queries": "all"},
    **{"preprocessing": PREPROCESSING, "own_preprocessing": None},
    **{"weights": "0123456789abcdef", "revision": None, "checkpoint": None},
}
TITLES, METHODS, NETWORKS = {"net": "Net_1"}, {"a": "A", "b": "B"}, {"net": NETWORK}
FACTS = captions.Facts(
    rejected=1,
    target="predicted",
    masking={"space": "normalised", "order": "scale_then_upsample"},
    precision="float32",
    bootstrap=frames.BOOTSTRAP,
    curves={"pixels_per_step": 224, "points": "all", "ties": "random"},
)


@pytest.fixture(scope="module")
def frame():
    return frames.random()


def said(frame, networks=NETWORKS, titles=TITLES, facts=FACTS):
    return captions.caption(frame.select(captions.COLUMNS), titles, METHODS, networks, facts)


def test_caption(frame):
    assert said(frame) == (
        "Means over images, in percent. Net_1: 30 images, top-1 50.0 %, layer layer4; 1 file rejected."
        " Preprocessing: shorter side 224, centre crop 224, bilinear, mean 0.485 0.456 0.406, std 0.229 0.224 0.225."
        " Class: predicted; masked in normalised space, scale then upsample; 224 pixels per step of the curves, ties in"
        " random order (25.0 % of the pixels are tied); float32."
        " 95 % intervals for images like these, from 400 paired resamples of them, expanded for few images, are in"
        " summary.csv."
        " ADCC is that of the means, as published."
        " Maps: 60; degenerate 4, nonfinite 2, ill-conditioned 2."
        " Ill-conditioned maps, which rounding can change: A on Net_1 (1); B on Net_1 (1)."
    )


def test_where_objects_are(frame):
    found = frame.with_columns(object_share=0.25, object_lost=pl.when(pl.col("image") < 3).then(1.0).otherwise(0.1))
    assert (
        " Objects cover 25.0 % of the input on average, which is what a map at random wins."
        " The crop leaves out 19.0 % of an object on average, and all of it of 3 images. Maps: 60;"
    ) in said(found)
    assert captions.of_figures([], found)["objects"].endswith(" and all of it of 3 images.")
    assert captions.of_figures([])["objects"].endswith(" as the networks see them.")


def test_the_short_caption(frame):
    few = frame.select(captions.COLUMNS)
    assert captions.short(few, TITLES, NETWORKS, FACTS) == "Means over 30 images, in percent; class: predicted."
    random = {"net": {**NETWORK, "random": True}}
    facts = replace(FACTS, sample={"of": 50_000})
    assert captions.short(few.filter(image=0), TITLES, random, facts) == (
        "Means over 1 image, drawn at random from 50,000, in percent; class: predicted. Random weights: Net_1."
    )


@pytest.mark.parametrize(
    ("stratify", "fewest", "words"),
    [
        ("none", None, "2,000 of 50,000 images, drawn at random (seed 7)."),
        ("label", 5, "2,000 of 50,000 images, drawn at random by label (seed 7), at least 5 per class."),
        ("label", 2, "images, drawn at random by label (seed 7); a class has as few as 2 of them."),
        ("none", 0, "images, drawn at random (seed 7); some classes have none of them."),
    ],
)
def test_a_sample_is_said(frame, stratify, fewest, words):
    sample = {"images": 2000, "of": 50_000, "seed": 7, "stratify": stratify, "fewest": fewest}
    text = said(frame, facts=replace(FACTS, sample=sample))
    assert words in text
    assert text.startswith("Means over images, in percent. Net_1: 30 images, top-1 50.0 %, layer layer4; 1 file")
    assert "rejected. Sample: 2,000 of" in text
    assert "Sample" not in said(frame)


def test_a_sample_that_is_smaller_than_wanted(frame):
    sample = {"images": 28, "of": 28, "seed": 0, "stratify": "none", "fewest": None}
    short = {"half_width": 0.5, "needed": 7200}
    text = said(frame, facts=replace(FACTS, sample={**sample, "unreached": short}))
    rest = "±0.5 points were wanted, which takes 7,200 images, but there are 28."
    assert f"Sample: 28 of 28 images, drawn at random (seed 0); {rest}" in text


def test_caption_of_a_run_without_curves_or_rejected_files(frame):
    text = said(frame.drop("tied"), facts=replace(FACTS, rejected=0, curves=None))
    assert "0 files rejected" in text
    assert "per step" not in text
    assert "tied" not in text


def test_what_was_not_measured_is_not_said(frame):
    """One image has no interval; maps from a file alone have no ADCC."""
    one = frame.filter(pl.col("image") == 9).with_columns(pl.lit(None, pl.Float64).alias("adcc"))
    text = said(one)
    assert "interval" not in text
    assert "ADCC" not in text
    assert "Maps: 2; degenerate 0, nonfinite 0, ill-conditioned 0." in text
    assert "rounding" not in text
    assert "ADCC" not in said(one.with_columns(pl.lit(math.nan).alias("adcc")))


@pytest.mark.parametrize(("rule", "words"), [("reading", "reading"), ("reversed", "reversed reading")])
def test_the_order_of_ties_is_said(frame, rule, words):
    facts = replace(FACTS, curves={"pixels_per_step": 8, "points": "all", "ties": rule})
    assert f"8 pixels per step of the curves, ties in {words} order" in said(frame, facts=facts)


def test_drawn_points_are_said():
    """Networks of two sizes have two numbers of steps; three of one size and one of another, too."""
    frame = pl.concat([frames.random(network=name) for name in ("net", "other")])
    facts = replace(FACTS, curves={"pixels_per_step": 224, "points": 8, "ties": "random"})
    networks = {name: {**NETWORK, "input": [224, side]} for name, side in (("net", 224), ("other", 301))}
    titles = {"net": "Net_1", "other": "Other"}
    one = "; curves from 8 of 223 inner steps of 224 pixels, drawn for each image, ties in random order (25.0 %"
    assert one in said(frame, dict.fromkeys(titles, networks["net"]), titles, facts)
    both = "; curves from 8 of 223 or 300 inner steps of 224 pixels, drawn for each image, ties in random order (25.0 %"
    assert both in said(frame, networks, titles, facts)


def test_what_a_precision_moved_is_said(frame):
    facts = replace(FACTS, precision="bfloat16", effect={"average_drop": 0.123})
    text = said(frame, facts=facts)
    assert "(reference/bfloat16.csv) bfloat16 moved a method's mean by at most (points): average drop 0.12." in text
    text = said(frame, facts=replace(FACTS, precision="tf32"))
    assert "By how much tf32 moves means has not been measured." in text
    assert "has not been measured" not in said(frame)


def test_every_network_is_named():
    frame = pl.concat([frames.random(), frames.random(images=10, network="other")])
    other = {**NETWORK, "classes": 10, "layer": "features.7"}
    text = said(frame, {**NETWORKS, "other": other}, {"other": "Other", "net": "Net_1"})
    assert "Other: 10 images, top-1 50.0 %, layer features.7; Net_1: 30 images, top-1 50.0 %, layer layer4; 1" in text
    assert text.count("Preprocessing") == 1  # of both
    different = {**other, "preprocessing": {**PREPROCESSING, "resize": 256}}
    text = said(frame, {**NETWORKS, "other": different}, {"other": "Other", "net": "Net_1"})
    assert "Preprocessing of Other: shorter side 256, centre crop 224" in text
    assert "Preprocessing of Net_1: shorter side 224, centre crop 224" in text


def test_titles_with_commas_can_be_told_apart():
    """Those of several target layers have one."""
    names = ("one", "two", "other")
    frame = pl.concat([frames.random(network=name) for name in names])
    different = {**NETWORK, "preprocessing": {**PREPROCESSING, "resize": 256}}
    titles = {"one": "V, blocks.5", "two": "V, blocks.8", "other": "Other"}
    text = said(frame, {"one": NETWORK, "two": NETWORK, "other": different}, titles)
    assert " Preprocessing of V, blocks.5; V, blocks.8: shorter side 224" in text
    assert "A on V, blocks.5 (1); " in text


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"layout": "nchw"}, "layer layer4;"),
        ({"layout": "nhwc"}, "layer layer4 (channels last);"),
        ({"layout": "tokens", "prefix": 1, "map": [14, 12]}, "layer layer4 (tokens 1 + 14 x 12);"),
    ],
)
def test_how_a_layers_output_was_read_is_said(frame, layout, words):
    assert words in said(frame, {"net": {**NETWORK, **layout}})


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ("class", "attention of the class token"),
        ("all", "attention of all tokens, averaged"),
        ("prefix 0 + 1", "attention of tokens 0 + 1, averaged"),
    ],
)
def test_whose_rows_of_attention_were_taken_is_said_where_a_method_takes_them(frame, queries, words):
    network = {"net": {**NETWORK, "queries": queries}}
    assert f"layer layer4, {words}; 1 file" in said(frame, network, facts=replace(FACTS, attends=True))
    assert "attention" not in said(frame, network)


def test_where_weights_come_from_is_said_where_their_name_does_not_tell():
    frame = pl.concat([frames.random(network=name) for name in ("one", "two", "other")])
    hub = {**NETWORK, "weights": "me/vit, sha256 0123", "revision": "1" * 40}
    networks = {"one": hub, "two": hub, "other": {**NETWORK, "checkpoint": "model_ema"}}
    text = said(frame, networks, {"one": "V, a", "two": "V, b", "other": "Other"})
    assert f" Weights of V, a; V, b: me/vit, sha256 0123, commit {'1' * 40}." in text
    assert " Weights of Other: 0123456789abcdef, those under model_ema." in text
    assert "Weights" not in said(frames.random())


def test_random_weights_are_said(frame):
    assert "random" not in said(frame, facts=replace(FACTS, curves=None))
    assert "layer layer4, random weights;" in said(frame, {"net": {**NETWORK, "random": True}})


def test_a_preprocessing_that_is_not_the_networks_own_is_said(frame):
    own = {**PREPROCESSING, "resize": 256, "mean": [0.5, 0.5, 0.5]}
    text = said(frame, {"net": {**NETWORK, "own_preprocessing": own}})
    line = "The preprocessing of Net_1 is not its own: resize 224, not 256, mean 0.485 0.456 0.406, not 0.5 0.5 0.5."
    assert line in text
    assert "not its own" not in said(frame, {"net": {**NETWORK, "own_preprocessing": PREPROCESSING}})
    floor = {**PREPROCESSING, "centre": "floor"}
    text = said(frame, {"net": {**NETWORK, "own_preprocessing": floor}})
    assert "is not its own: centre round, not floor." in text
    text = said(frame, {"net": {**NETWORK, "preprocessing": floor, "own_preprocessing": PREPROCESSING}})
    assert "half borders rounded down" in text
    assert "is not its own: centre floor, not round." in text
    assert "not its own" not in said(frame)


@pytest.mark.parametrize(
    ("predicted", "line"),
    [
        (lambda label: label + 1, "predicts the label +1 for 100.0 % of the images and the label itself for 0.0 %"),
        (lambda label: label - 1, "predicts the label -1 for 100.0 % of the images and the label itself for 0.0 %"),
        (lambda label: label * 0 + 999, "top-1 of 0.0 %, near chance (0.1 %)"),
    ],
)
def test_labels_that_look_wrong_are_said_in_the_caption(frame, predicted, line):
    wrong = frame.with_columns(predicted(pl.col("label")).alias("predicted"))
    assert line in said(wrong)


def test_a_class_without_a_probability_says_nothing_of_labels(frame):
    moved = frame.with_columns((pl.col("label") + 1).alias("predicted"), pl.lit(math.nan).alias("probability"))
    assert "off by one" not in said(moved)
    half = pl.when(pl.col("image") < 15).then(math.nan).otherwise("probability").alias("probability")
    assert "top-1 0.0 %" in said(frame.with_columns(half))  # the half that was right


def test_images_with_several_labels_count_and_are_no_reason_to_warn(frame):
    """One of their labels is predicted in a third of the images; which one, the table does not say."""
    hit = pl.when(pl.col("image") % 3 == 0).then(1).otherwise(0).alias("correct")
    several = frame.with_columns(pl.lit(-1).alias("label"), hit, pl.lit(999).alias("predicted"))
    assert "top-1 33.3 %" in said(several)
    assert captions.warnings(several, TITLES, NETWORKS) == []


def test_sigmoid_is_said(frame):
    assert "sigmoid" not in said(frame)
    text = said(frame, {"net": {**NETWORK, "score": "sigmoid"}})
    assert "layer layer4, probabilities by sigmoid; 1 file rejected." in text


def test_guessing_among_few_classes_is_no_reason_to_warn(frame):
    wrong = frame.with_columns(pl.lit(999).alias("predicted"))
    assert captions.warnings(wrong, TITLES, {"net": {"classes": 10}}) == []


def test_unlabelled_images_are_no_reason_to_warn(frame):
    unlabelled = frame.with_columns(pl.lit(-1).alias("label"), pl.lit(-1).alias("correct"))
    assert captions.warnings(unlabelled, TITLES, NETWORKS) == []
    assert "top-1" not in said(unlabelled)


def test_a_map_that_hides_nothing_is_spoken_of_only_where_there_is_one():
    assert "hides" not in " ".join(captions.of_figures([]).values())
    assert "Highlighted: Fake-CAM, a map that hides next to nothing" in captions.of_figures(["Fake-CAM"])["fooled"]
