"""What differs between two records, and whether it matters."""

import pytest
from recorded import SHA, changed

from cambench.records import differing

EFFECTS = {
    "network__state": (SHA["e"], differing.NUMBERS),
    "network__layer": ("layer3", differing.NUMBERS),
    "network__precision": ("bfloat16", differing.NUMBERS),
    "network__preprocessing__crop": (192, differing.NUMBERS),
    "network__weights": ("mine.pth", differing.NOTHING),
    "network__title": ("Another", differing.NOTHING),
    "method__settings": ({"samples": 8}, differing.NUMBERS),
    "method__title": ("Another", differing.NOTHING),
    "data__digest": (SHA["e"], differing.NUMBERS),
    "data__labels": (SHA["e"], differing.NOTHING),
    "data__name": ("Another", differing.NOTHING),
    "data__objects": (SHA["e"], differing.NOTHING),  # which one of them has alone
    "network__random": (True, differing.NOTHING),
    "definitions__target": ("label", differing.NUMBERS),
    "definitions__masking__space": ("pixels", differing.NUMBERS),
    "definitions__curves__points": (8, differing.CURVES),
    "definitions__curves__deletion__end": ("black", differing.CURVES),
    "intervals__resamples": (100, differing.INTERVALS),
    "software__versions__torch": ("2.9.0", differing.ROUNDING),
    "software__versions__cambench": ("0.2.0", differing.NOTHING),
    "software__code__method": ("2" * 16, differing.NOTHING),
    "machine__device": ("cuda: H100", differing.ROUNDING),
    "machine__cores": (8, differing.NOTHING),
}


@pytest.mark.parametrize(("place", "value", "effect"), [(place, *rest) for place, rest in EFFECTS.items()])
def test_effects(record, place, value, effect):
    found = list(differing.differences(record, changed(**{place: value})))
    assert [difference.effect for difference in found] == [effect]
    assert found[0].part.startswith(place.replace("__", "."))


@pytest.mark.parametrize("place", ["values__adcc__mean", "counts__passes", "cost", "made"])
def test_numbers_costs_and_dates_are_no_difference_of_inputs(record, place):
    assert not list(differing.differences(record, changed(**{place: 0})))


def test_labels_matter_where_they_are_explained():
    first, second = (changed(definitions__target="label", data__labels=labels) for labels in "xy")
    assert [found.effect for found in differing.differences(first, second)] == [differing.NUMBERS]


def test_objects_matter_where_both_know_them():
    first, second = (changed(data__objects=SHA[letter]) for letter in "ab")
    assert [found.effect for found in differing.differences(first, second)] == [differing.OBJECTS]


@pytest.mark.parametrize(
    ("of", "part"),
    [({"method__cam": "my/own.py"}, "method"), ({"definitions__metrics": {"mine": 1, "adcc": 1}}, "metrics")],
)
def test_code_of_a_users_own_may_matter_though_its_version_is_the_same(of, part):
    first, second = (changed(**of, **{f"software__code__{part}": letter * 16}) for letter in "ab")
    (found,) = differing.differences(first, second)
    assert (found.part, found.effect) == (f"software.code.{part}", differing.OWN)


def test_a_setting_that_a_method_has_got_since_is_no_difference():
    first, second, third = (
        changed(method__cam="random", method__settings=settings) for settings in ({}, {"seed": 0}, {"seed": 1})
    )
    assert not list(differing.differences(first, second))
    assert [found[:3] for found in differing.differences(first, third)] == [("method.settings.seed", "0", "1")]


def test_values_are_shown_in_a_few_characters(record):
    (found,) = differing.differences(record, changed(network__state=SHA["e"]))
    assert (found.first, found.second) == ("a" * 12 + "…", "e" * 12 + "…")
    (found,) = differing.differences(record, changed(network__layer="x\n" * 200))
    assert len(found.second) < 250
    assert "\n" not in found.second
    curves = list(differing.differences(record, changed(definitions__curves=None)))
    assert {one.effect for one in curves} == {differing.CURVES}
    assert ("definitions.curves.points", "all", "–") in [one[:3] for one in curves]


def test_what_is_the_same(record):
    every = differing.same(record, changed())
    assert {"weights", "target layer", "preprocessing", "images", "masking", "curves", "machine"} <= set(every)
    assert set(every) - set(differing.same(record, changed(network__layer="layer3"))) == {"target layer"}
    assert set(every) - set(differing.same(record, changed(definitions__metrics__adcc=2))) == {"versions of metrics"}


def test_versions_are_not_mixed(record):
    assert not list(differing.refusals(record, changed(network__layer="layer3")))
    lines = list(differing.refusals(record, changed(method__version=2, definitions__metrics__adcc=3)))
    assert lines == [
        "method gradcam is of version 1 and 2, whose maps differ; run one again",
        "metric adcc is of version 1 and 3, whose values differ; run one again",
    ]


def test_versions_of_a_method_whose_maps_are_changed_are_not_mixed():
    first, second = (
        changed(method__cam="degraded", method__of={"cam": "gradcam", "version": version}) for version in (1, 2)
    )
    (line,) = differing.refusals(first, second)
    assert line.startswith("method gradcam is of version 1 and 2")


def test_two_methods_may_have_versions_of_their_own(record):
    assert not list(differing.refusals(record, changed(method__cam="layercam", method__version=2)))


def test_a_metric_that_one_run_alone_has_is_no_matter(record):
    other = changed(definitions__metrics={**record["definitions"]["metrics"], "deletion": 4})
    assert not list(differing.refusals(record, other))
    assert [found.effect for found in differing.differences(record, other)] == [differing.NOTHING]
