"""What weights say of their preprocessing, and that it is taken where the configuration says so."""

import json
import math

import pytest
import torchvision
from conftest import COMPUTE, PREPROCESSING, settings, small
from torchvision.transforms import InterpolationMode

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe
from cambench.networks.preprocessing import own

TIMM = {"resize": 40, "crop": 32, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.25] * 3}


@pytest.mark.parametrize("weights", ["IMAGENET1K_V2", "DEFAULT", "at/resnet50-11ad3fa6.pth"])
def test_of_torchvisions_weights(weights):
    preset = torchvision.models.ResNet50_Weights.IMAGENET1K_V2.transforms()
    found = own(None, settings(name="resnet50", weights=weights))
    assert found == {
        "resize": preset.resize_size[0],
        "crop": 224,
        "interpolation": "bilinear",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    }
    assert preset.resize_size == [232]


@pytest.mark.parametrize(
    "block", [settings(name="resnet50"), settings(name="resnet50", weights="./mine.pth"), small()], ids=str
)
def test_where_nothing_says_it(block):
    assert own(build("net", {**block, "weights": None}), block) is None


def test_of_timms_networks():
    """Its transforms resize to floor(side / crop_pct)."""
    assert describe("net", small("nets:Pretrained"), COMPUTE)["own_preprocessing"] == TIMM
    odd = own(build("net", small("nets:Pretrained", arguments={"crop_pct": 0.875})), small("nets:Pretrained"))
    assert odd["resize"] == math.floor(32 / 0.875) == 36
    for changes in ({"input_size": (3, 32, 64)}, {"crop_mode": "squash"}, {"mean": None}):
        assert own(build("net", small("nets:Pretrained", arguments=changes)), small("nets:Pretrained")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"mean": (0.5,)},
        {"std": (0.25, 0.25, 0)},
        {"mean": (0.5, 0.5, math.nan)},
        {"crop_pct": 1.2},  # timm fills up what is missing, cambench crops only
        {"crop_pct": 1e-320},
        {"input_size": (3, 32)},
        {"input_size": (3, 0, 0)},
        {"mean": math},
    ],
    ids=str,
)
def test_what_no_image_could_be_prepared_by_is_not_taken(changes):
    facts = describe("net", small("nets:Pretrained", arguments=changes), COMPUTE)
    assert facts["own_preprocessing"] is None


def test_a_filter_by_its_member():
    block = small("nets:Pretrained", arguments={"interpolation": InterpolationMode.BICUBIC, "crop_pct": None})
    found = describe("net", block, COMPUTE)["own_preprocessing"]
    assert json.loads(json.dumps(found)) == {**TIMM, "resize": 36}


def test_segmentations_weights_crop_nothing():
    block = settings(name="fcn_resnet50", weights="COCO_WITH_VOC_LABELS_V1")
    assert not hasattr(torchvision.models.get_weight("FCN_ResNet50_Weights.DEFAULT").transforms(), "crop_size")
    assert own(None, block) is None


def test_it_is_taken_where_the_configuration_says_so():
    facts = describe("net", {**small("nets:Pretrained"), "preprocessing": "own"}, COMPUTE)
    assert facts["preprocessing"] == facts["own_preprocessing"] == TIMM
    assert describe("net", small("nets:Pretrained"), COMPUTE)["preprocessing"] == PREPROCESSING


@pytest.mark.parametrize(
    ("factory", "arguments", "message"),
    [
        ("tiny:Tiny", {}, "nothing says what the network's own is; name its values"),
        ("nets:Pretrained", {"interpolation": "lanczos"}, "there is no interpolation 'lanczos'"),
    ],
)
def test_one_line_where_it_cannot_be_taken(factory, arguments, message):
    with pytest.raises(InputError, match=rf"^networks\.net: preprocessing: own: {message}$"):
        open_probe("net", {**small(factory, arguments=arguments), "preprocessing": "own"}, COMPUTE)
