"""What decides numbers, in a run and in the paper's preset."""

import copy

import pytest
import yaml
from projects import ROOT

from cambench.config import read
from cambench.plan import protocol


@pytest.fixture
def preset():
    given = yaml.safe_load((ROOT / "config" / "poppi2021.yaml").read_text())
    return read.resolve(given, [], look=False)[0]


def test_the_preset_is_the_protocol_that_published_numbers_are_judged_by():
    """If a change of it is meant, make the file again: see reference/README.md."""
    assert protocol.of_file(ROOT / "config" / "poppi2021.yaml") == protocol.of_paper()


def test_all_that_decides_is_there_with_its_defaults(preset):
    found = protocol.of(preset)
    assert found == protocol.of_paper()
    assert found["run"]["dataset.images"] == 50_000
    assert found["run"]["compute.precision"] == "float32"
    assert found["run"]["curves.area"] == "trapezoid"
    assert found["run"]["curves.points"] == 8
    assert found["networks"]["vgg16"]["layer"] == "avgpool"
    assert found["networks"]["vgg16"]["preprocessing.interpolation"] == "bilinear"
    assert found["methods"]["Smooth Grad-CAM++"] == {
        **{"cam": "smoothgradcampp", "variant": "poppi2021", "samples": 4},
        **{"sigma": 0.3, "seed": 0},
    }
    assert "xgradcam" not in str(found)  # has no published number


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config["compute"].update(precision="bfloat16"),
        lambda config: config["networks"]["vgg16"]["preprocessing"].update(resize=256),
        lambda config: config["methods"]["scorecam"]["settings"].update(variant="wang2020"),
        lambda config: config["curves"]["insertion"].update(start="zero"),
        lambda config: config["dataset"].update(images=20),
    ],
)
def test_a_change_that_decides_is_seen(preset, change):
    changed = copy.deepcopy(preset)
    change(changed)
    assert protocol.of(changed) != protocol.of_paper()


def test_what_does_not_decide_leaves_the_preset_as_it_is(preset):
    changed = copy.deepcopy(preset)
    changed["run"], changed["dataset"]["path"] = "other", "elsewhere"
    changed["compute"]["batch"], changed["networks"]["vgg16"]["title"] = 1, "VGG"
    assert protocol.of(changed) == protocol.of_paper()
