"""The page of a leaderboard holds every record, in groups that may be compared."""

import json
import re

import pytest
from recorded import changed

from cambench.errors import InputError
from cambench.records import canonical, identity, leaderboard

NASTY = "</script><img src=x onerror=alert(1)>&\u2028 $x$"


def data(*records):
    return leaderboard.data({identity.file_name(record): record for record in records})


def test_rows_and_metrics(record):
    found = data(record, changed(method__cam="random", method__label="random", method__title="Random"))
    assert [metric["name"] for metric in found["metrics"]] == ["average_drop", "adcc", "adcc_per_image"]
    assert [(row["method"], row["control"]) for row in found["rows"]] == [("Grad-CAM", False), ("Random", True)]
    assert found["rows"][0]["values"]["adcc"] == {"mean": 0.75, "low": 0.73, "high": 0.77}
    assert found["rows"][0]["seconds"] == 0.5
    assert found["rows"][0]["file"] == identity.file_name(record)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("network__layer", "layer3"),
        ("network__state", "e" * 64),
        ("data__digest", "e" * 64),
        ("definitions__masking", {"space": "pixels", "order": "scale_then_upsample"}),
        ("definitions__curves", None),
        ("definitions__target", "label"),
    ],
)
def test_rows_of_one_group_may_be_compared(record, place, value):
    found = data(record, changed(**{place: value}))
    assert len(found["groups"]) == 2
    assert len({row["group"] for row in found["rows"]}) == 2


def test_methods_titles_and_machines_share_a_group(record):
    other = changed(method__cam="layercam", method__label="layercam", network__title="Same", machine__device="cuda")
    assert len(data(record, other)["groups"]) == 1


def test_where_weights_come_from_makes_no_group(record):
    assert len(data(record, changed(network__weights="mine.pth", network__name="other"))["groups"]) == 1


def test_groups_of_one_title_are_told_apart(record):
    groups = data(record, changed(network__layer="layer3"), changed(network__title="Other", data__digest="e" * 64))[
        "groups"
    ]
    titles = sorted(group["title"] for group in groups)
    assert titles[2] == "Other on photographs"
    assert all(re.fullmatch(r"Net on photographs \([0-9a-f]{6}\)", title) for title in titles[:2])


def test_settings_that_are_not_the_defaults_stand_out():
    (row,) = data(changed(method__cam="random", method__settings={"seed": 3}))["rows"]
    assert row["chosen"] == {"seed": 3}
    (row,) = data(changed(method__cam="random", method__settings={"seed": 0}))["rows"]
    assert (row["settings"], row["chosen"]) == ({"seed": 0}, {})


def test_random_weights_and_small_samples_are_named():
    (group,) = data(changed(network__random=True))["groups"]
    assert group["warnings"] == ["random weights: the network knows nothing", "a small sample: 60 images"]
    assert group["title"] == "Net on photographs"
    assert "layer layer4" in group["about"]
    (group,) = data(changed(data__images=50_000))["groups"]
    assert not group["warnings"]


def test_the_page(tmp_path, record):
    nasty = changed(method__title=NASTY, network__title=NASTY, data__name=NASTY, network__layer=NASTY)
    (tmp_path / "records").mkdir()
    for one in (record, nasty):
        (tmp_path / "records" / identity.file_name(one)).write_text(canonical.text(one))
    text = leaderboard.write(tmp_path).read_text()
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert {row["method"] for row in json.loads(held)["rows"]} == {"Grad-CAM", NASTY}
    assert "<img" not in held
    assert not re.findall(r'(?:src|href)="http', text.partition("<script")[0])
    before = text
    assert leaderboard.write(tmp_path).read_text() == before


def test_no_records(tmp_path):
    with pytest.raises(InputError, match="holds no records"):
        leaderboard.write(tmp_path)
