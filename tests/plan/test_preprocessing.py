"""How half an odd border is rounded is part of a preprocessing, and said only where it is not the default."""

import pytest

from cambench.plan import preprocessing, tried

OWN = {"resize": 40, "crop": 33, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.5] * 3}
FLOOR = {**OWN, "centre": "floor"}


@pytest.fixture
def block(monkeypatch):
    """A network whose own preprocessing and the config's are given."""

    def make(own, used):
        monkeypatch.setattr(tried, "read", lambda _: {**tried._NOTHING, "own_preprocessing": own})
        return {"net": {"preprocessing": used, "hf": "me/vit", "weights": "pretrained"}}

    return make


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [(FLOOR, {}, FLOOR), (FLOOR, {"centre": "round"}, OWN), (OWN, {"centre": "round"}, OWN), (OWN, {}, OWN)],
)
def test_it_is_taken_unless_the_config_names_it(block, own, given, expected):
    networks = block(own, {"base": "own", **given})
    preprocessing.take_own(networks)
    assert networks["net"]["preprocessing"] == expected


@pytest.mark.parametrize(
    ("own", "used", "named", "said"),
    [
        (FLOOR, OWN, {}, "has centre round by default, but its weights were made with centre floor:"),
        (OWN, FLOOR, {"centre": "floor"}, ""),
        (FLOOR, FLOOR, {}, ""),
        (OWN, OWN, {}, ""),
    ],
)
def test_a_difference_is_said(block, capsys, own, used, named, said):
    preprocessing.tell(block(own, used), {"net": {"preprocessing": named}})
    assert bool(said) == bool(found := capsys.readouterr().err)
    assert said in found
