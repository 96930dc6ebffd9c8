"""Speeds of a card: as given, as measured, or by operations from those of the ResNet-50."""

import pytest

from cambench.config import speeds as table
from cambench.estimate import speeds

LINES = """card,network,precision,compile,passes_per_second,date,commit
X,resnet50,float32,false,1000,2026-01-02,abc
X,resnet18,float32,false,2500,2026-01-02,abc
X,resnet50,bfloat16,false,3000,2026-01-03,abc
X,resnet50,float32,true,1200,2026-01-03,abc
Y,vgg16,float32,false,500,2026-01-03,abc
"""
FACTS = {"one": {"operations": 3_600_000_000}, "two": {"operations": 2 * 8_200_000_000}}


@pytest.fixture(autouse=True)
def measured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "speed.csv").write_text(LINES)


def config(card="X", precision="float32", given=None, compiled=False):
    estimate = {"passes_per_second": given or {}} | ({"card": card} if card else {})
    blocks = {"one": {"name": "resnet18"}, "two": {"factory": "nets:Two"}}
    return {"estimate": estimate, "compute": {"precision": precision, "compile": compiled}, "networks": blocks}


def test_without_a_card_none_are_known():
    assert speeds.of(config(card=None, given={"one": 5}), FACTS) == {}


def test_measured_given_and_by_operations():
    found = speeds.of(config(), FACTS)
    assert found["one"] == (2500, "measured on X on 2026-01-02")
    assert found["two"] == (500, "by its operations, from those of a ResNet-50 on X on 2026-01-02")
    assert speeds.of(config(given={"two": 7.5}), FACTS)["two"] == (7.5, "given")
    assert speeds.of(config(precision="bfloat16"), FACTS)["two"][0] == 1500
    assert speeds.of(config(compiled=True), FACTS)["two"][0] == 600


@pytest.mark.parametrize(("card", "precision"), [("Z", "float32"), ("Y", "float32"), ("X", "tf32")])
def test_one_line_for_a_card_that_the_table_lacks(card, precision):
    (line,) = table.problems(config(card, precision))
    assert line == (
        f"estimate.card: no speeds of {card!r} in {precision} are known; "
        "there are those of X in bfloat16, X in float32, X in float32, compiled"
    )


def test_cards_that_the_table_has():
    assert not list(table.problems(config()))
    assert not list(table.problems(config(card=None)))


def test_the_table_of_the_package(monkeypatch, tmp_path):
    (tmp_path / "reference" / "speed.csv").unlink()
    for row in table.table():
        assert float(row["passes_per_second"]) > 0
