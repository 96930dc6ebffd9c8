"""What is wrong with a random sample ends in one line per error."""

# ruff: noqa: E501 (tables of expected lines)

import pytest

from cambench.config.read import resolve
from cambench.images import sources

PLACE = "config: dataset.sample"


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ({}, "{at}: give one of 'images' (how many) and 'half_width' (how sure, in percentage points)"),
        ({"images": 2, "half_width": 1}, "{at}: give one of 'images' (how many) and 'half_width' (how sure, in percentage points)"),
        ({"images": 0}, "{at}.images: 0 is less than the minimum of 1"),
        ({"half_width": 0}, "{at}.half_width: 0 is less than or equal to the minimum of 0"),
        ({"half_width": -0.5}, "{at}.half_width: -0.5 is less than or equal to the minimum of 0"),
        ({"images": 2, "seed": -1}, "{at}.seed: -1 is less than the minimum of 0"),
        ({"images": 2, "stratify": "class"}, "{at}.stratify: 'class' is not one of ['none', 'label']"),
        ({"images": 3}, "{at}: 3 images asked for, but {photos} has 2"),
        ({"half_width": 1}, "{at}: pilot: 200 images asked for, but {photos} has 2"),
        ({"half_width": 1, "pilot": 1}, "{at}.pilot: 1 is less than the minimum of 2"),
        ({"half_width": 1, "pilot": 2, "metrics": ["adc"]}, "{at}: metrics: 'adc' is not among the run's metrics; did you mean 'adcc'?"),
        ({"half_width": 1, "pilot": 2, "metrics": []}, "{at}.metrics: [] should be non-empty"),
        ({"image": 2}, "{at}: unknown key 'image'; did you mean 'images'?"),
    ],
)  # fmt: skip
def test_one_line_per_error(changed, good, sample, line):
    expected = line.format(at=PLACE, photos=good["dataset"]["path"])
    assert resolve(changed("dataset.sample", sample), [])[1] == [expected]


@pytest.mark.parametrize(
    ("pilot", "usable", "near"),
    [(199, 500, 200), (199, 199, 198), (51, 500, 51), (53, 500, 54), (53, 53, 52), (7, 20, 7), (47, 47, 47), (1009, 5000, 1010)],
)  # fmt: skip
def test_a_pilot_can_be_cut_into_jobs(changed, monkeypatch, pilot, usable, near):
    """Some number of images between 10 and 50 divides it, or it is one job."""
    monkeypatch.setattr(sources, "usable", lambda dataset: usable)
    line = f"{PLACE}: pilot: {pilot:,} images cannot be cut into jobs of equal size; take {near:,}"
    found = resolve(changed("dataset.sample", {"half_width": 1, "pilot": pilot}), [])[1]
    assert found == ([] if near == pilot else [line])


def test_a_good_sample_has_its_defaults(changed):
    full, errors = resolve(changed("dataset.sample", {"images": 2}), [])
    assert errors == []
    defaults = {"seed": 0, "stratify": "none", "metrics": ["adcc"], "pilot": 200, "step": 500}
    assert full["dataset"]["sample"] == {"images": 2, **defaults}


def test_a_second_file_takes_a_sample_away(changed):
    bad = changed("dataset.sample", {"images": None, "half_width": 0.5, "pilot": 2})
    assert resolve(bad, [])[1] == []
    config = changed("dataset.sample", {"images": 1})
    config["dataset"]["sample"] = None
    full, errors = resolve(config, [])
    assert (errors, "sample" in full["dataset"]) == ([], False)


def test_classes_need_labels(changed):
    config = changed("dataset.sample", {"images": 2, "stratify": "label"})
    assert resolve(config, [])[1] == []
    config["dataset"] = {key: value for key, value in config["dataset"].items() if key != "pattern"} | {"label": "none"}
    line = f"{PLACE}: stratify: label: no image of {config['dataset']['path']} has a label"
    assert resolve(config, [])[1] == [line]


def test_metrics_that_the_run_does_not_have(changed):
    config = changed("dataset.sample", {"half_width": 1, "pilot": 2, "metrics": ["deletion"]})
    assert resolve(config, [])[1] == []
    config["curves"] = {"enabled": False}
    assert resolve(config, [])[1] == [f"{PLACE}: metrics: 'deletion' is not among the run's metrics"]
    config = changed("dataset.sample", {"half_width": 1, "pilot": 2, "metrics": ["adcc_per_image"]})
    assert resolve(config, [])[1] == []


def test_the_jobs_of_a_pilot_are_whole(changed):
    config = changed("dataset.sample", {"half_width": 1, "pilot": 2})
    config["methods"]["gradcam"]["shard"] = 3
    assert resolve(config, [])[1] == [f"{PLACE}: pilot: 2 images are no whole jobs of methods.gradcam.shard: 3"]
    config["dataset"]["sample"] = {"images": 2}
    assert resolve(config, [])[1] == []
