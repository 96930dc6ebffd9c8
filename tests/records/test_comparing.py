"""Differences of means: paired on the images that both have, else by standard errors, or not at all, and it is said."""

import math

import numpy as np
import polars as pl
import pytest
from recorded import SHA, Run, brought, changed
from scipy import stats

from cambench.errors import InputError
from cambench.records import comparing

VALUES = {"adcc": None, "average_drop": None, "coherency": None, "complexity": None}
PICTURES = [f"picture {number}" for number in range(60)]


def random(seed, images=60):
    rng = np.random.default_rng(seed)
    return {name: rng.random(images) for name in VALUES}


def compared(first, second):
    return comparing.table(comparing.pairs([first, second]))


def rows(table):
    return {row["metric"]: row for row in table.iter_rows(named=True)}


def test_paired_differences_of_two_runs(record):
    """A shift that all images have has no interval; what an image adds by itself is as Student's interval has it."""
    values, noise = random(0), np.random.default_rng(1).normal(0.05, 0.02, 60)
    moved = {**values, "average_drop": values["average_drop"] + noise, "coherency": values["coherency"] + 0.25}
    table = compared(
        brought("a", record, Run(PICTURES, values)),
        brought("b", changed(network__layer="layer3"), Run(PICTURES, moved)),
    )
    found = rows(table)["average_drop"]
    assert (found["how"], found["images"]) == (comparing.PAIRED, 60)
    assert found["difference"] == pytest.approx(noise.mean())
    assert found["value_second"] == pytest.approx(moved["average_drop"].mean())
    half = stats.t.isf(0.025, 59) * noise.std(ddof=1) / math.sqrt(60)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(half, rel=0.15)
    assert "coherency" not in rows(table)  # no record has it


def test_the_adcc_is_that_of_the_means(record):
    first, second = random(0), random(1)
    table = compared(brought("a", record, Run(PICTURES, first)), brought("b", changed(), Run(PICTURES, second)))

    def adcc(values):
        terms = [values["coherency"].mean(), 1 - values["complexity"].mean(), 1 - values["average_drop"].mean()]
        return 3 / sum(1 / term for term in terms)

    assert rows(table)["adcc"]["difference"] == pytest.approx(adcc(second) - adcc(first))


def test_a_users_own_metric_has_an_interval_too():
    """Though nobody here has its file."""
    first, second = ({**random(seed), "mine": np.linspace(seed, seed + 2, 60)} for seed in (0, 1))
    value = {"mean": 1.0, "low": None, "high": None, "se": None, "digest": SHA["a"]}
    record = changed(values={"mine": value}, definitions__metrics={"mine": 1})
    table = compared(brought("a", record, Run(PICTURES, first)), brought("b", record, Run(PICTURES, second)))
    found = rows(table)["mine"]
    assert (found["how"], found["difference"]) == (comparing.PAIRED, pytest.approx(1))
    assert (found["low"], found["high"]) == pytest.approx((1, 1))


def test_images_are_matched_by_what_they_hold(record):
    """Of runs in other orders, on images of which forty are the same; a picture that is there twice counts once."""
    values = random(0)
    turned = {name: value[::-1] for name, value in values.items()}
    one = brought("a", record, Run(PICTURES, values))
    assert all(
        row["difference"] == 0
        for row in rows(compared(one, brought("b", changed(), Run(PICTURES[::-1], turned)))).values()
    )
    others = [*PICTURES[20:], *(f"other {number}" for number in range(19)), PICTURES[20]]
    table = compared(one, brought("b", changed(data__digest=SHA["e"]), Run(others, random(2))))
    assert set(table["images"]) == {40}
    assert set(table["how"]) == {comparing.PAIRED}
    assert rows(table)["average_drop"]["value_first"] == pytest.approx(values["average_drop"][20:].mean())


def test_other_images_are_compared_by_standard_errors(record):
    second = changed(data__digest=SHA["e"], values__adcc={**record["values"]["adcc"], "mean": 0.5, "se": 0.03})
    found = rows(compared(brought("a", record), brought("b", second)))["adcc"]
    half = stats.t.isf(0.025, 59) * math.hypot(0.01, 0.03)
    assert found["how"] == comparing.UNPAIRED
    assert (found["difference"], found["low"], found["high"]) == pytest.approx((-0.25, -0.25 - half, -0.25 + half))


def test_runs_without_common_images_are_compared_by_standard_errors(record):
    strangers = [f"stranger {number}" for number in range(60)]
    second = changed(data__digest=SHA["e"])
    table = compared(brought("a", record, Run(PICTURES, random(0))), brought("b", second, Run(strangers, random(1))))
    assert set(table["how"]) == {comparing.UNPAIRED}


def test_no_interval_is_made_up(record):
    """Two records on the same images, whose values are not at hand; one image, which has no standard error."""
    same = changed(values__adcc={**record["values"]["adcc"], "mean": 0.5, "digest": SHA["e"]})
    found = rows(compared(brought("a", record), brought("b", same)))
    assert (found["adcc"]["how"], found["adcc"]["low"]) == (comparing.UNKNOWN, None)
    assert found["adcc"]["difference"] == pytest.approx(-0.25)
    assert (found["average_drop"]["how"], found["average_drop"]["difference"]) == (comparing.EQUAL, 0)
    alone = {"mean": 0.5, "low": None, "high": None, "se": None, "digest": SHA["e"]}
    one = changed(data__digest=SHA["e"], values__adcc=alone)
    assert rows(compared(brought("a", record), brought("b", one)))["adcc"]["how"] == comparing.UNKNOWN
    gone = changed(data__digest=SHA["e"], values__adcc={**alone, "mean": None})
    assert rows(compared(brought("a", record), brought("b", gone)))["adcc"]["difference"] is None


def test_names_say_what_is_compared(record):
    both = brought("b", record)
    both.records["net", "other"] = changed(method__label="other")
    three = brought("c", record)
    three.records["net", "third"] = changed(method__label="third")
    pairs = comparing.pairs([both, three])
    assert [pair.name for pair in pairs] == ["gradcam on net"]
    assert comparing.alone([both, three], pairs) == {"b": ["other on net"], "c": ["third on net"]}


def test_single_records_are_compared_whatever_their_names_are(record):
    pairs = comparing.pairs([brought("a", record), brought("b", changed(network__name="x", method__label="y"))])
    assert len(pairs) == 1
    assert not comparing.alone([pairs[0].first, pairs[0].second], pairs)


def test_nothing_in_common(record):
    both = brought("b", record)
    both.records["net", "other"] = changed(method__label="other")
    with pytest.raises(InputError, match="b and c have no network and method of the same names"):
        comparing.pairs([both, brought("c", changed(network__name="x"))])


def test_refusals_name_whose_they_are(record):
    first, second = brought("a", record), brought("b", changed(definitions__metrics__adcc=2))
    for number in range(4):
        first.records["net", f"m{number}"] = changed(method__label=f"m{number}")
        second.records["net", f"m{number}"] = changed(method__label=f"m{number}", definitions__metrics__adcc=2)
    assert comparing.refusals(comparing.pairs([first, second])) == [
        "a and b: metric adcc is of version 1 and 2, whose values differ; run one again"
        " (gradcam on net, m0 on net, m1 on net and 2 more)"
    ]


def test_some_metrics(record):
    pairs = comparing.pairs([brought("a", record), brought("b", changed())])
    assert comparing.table(pairs, ["adcc"])["metric"].to_list() == ["adcc"]
    with pytest.raises(InputError, match="no metric 'adc' in both; did you mean 'adcc'"):
        comparing.table(pairs, ["adc"])
    assert comparing.table(pairs).schema["difference"] == pl.Float64
