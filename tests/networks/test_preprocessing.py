"""What weights say of their preprocessing, and that it is taken where the configuration says so."""

import json
import math

import numpy as np
import pytest
import torchvision
from conftest import COMPUTE, PREPROCESSING, settings, small
from timm.data.transforms_factory import transforms_imagenet_eval
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
    for changes in ({"input_size": (3, 32, 64)}, {"crop_mode": "border"}, {"mean": None}):
        assert own(build("net", small("nets:Pretrained", arguments=changes)), small("nets:Pretrained")) is None


@pytest.mark.parametrize(
    ("size", "mode", "share"),
    [
        ((32, 32), "center", 0.9),
        ((32, 32), "squash", 0.95),
        ((32, 48), "squash", 1.0),
        ((48, 32), "squash", 0.875),
    ],
)
def test_images_are_prepared_as_timm_prepares_them(noisy, size, mode, share):
    """Also of a rectangular image, by each filter; cambench stores the pixels in whole numbers."""
    block = small("nets:Pretrained", arguments={"input_size": (3, *size), "crop_mode": mode, "crop_pct": share})
    noise, read = noisy
    for interpolation in ("bilinear", "bicubic", "lanczos"):
        block["arguments"]["interpolation"] = interpolation
        found = own(build("net", block), block)
        theirs = transforms_imagenet_eval(size, share, mode, interpolation=interpolation, mean=[0] * 3, std=[1] * 3)
        expected = theirs(noise) * 255
        assert np.array_equal(read(found), expected.permute(1, 2, 0).round().numpy())


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
    facts = describe("net", {**small("nets:Pretrained"), "preprocessing": {"base": "own"}}, COMPUTE)
    assert facts["preprocessing"] == facts["own_preprocessing"] == TIMM
    assert describe("net", small("nets:Pretrained"), COMPUTE)["preprocessing"] == PREPROCESSING


@pytest.mark.parametrize(
    ("factory", "arguments", "message"),
    [
        ("tiny:Tiny", {}, "nothing says what the network's own is; name its values"),
        ("nets:Pretrained", {"interpolation": "hamming"}, "there is no interpolation 'hamming'"),
        (
            "nets:Pretrained",
            {"crop_mode": "border"},
            r"cambench fills no borders up .*crop_mode border.*name its values",
        ),
        ("nets:Pretrained", {"crop_pct": 1.2}, r"cambench fills no borders up .*crop_pct 1\.2.*name its values"),
        ("nets:Pretrained", {"input_size": (3, 32, 64)}, "cambench does not cover a rectangle .*; name its values"),
    ],
)
def test_one_line_where_it_cannot_be_taken(factory, arguments, message):
    with pytest.raises(InputError, match=rf"^networks\.net: preprocessing: own: {message}$"):
        open_probe("net", {**small(factory, arguments=arguments), "preprocessing": {"base": "own"}}, COMPUTE)


def test_what_is_given_stands_beside_the_networks_own():
    given = {"base": "own", "crop": [32, 24], "interpolation": "lanczos"}
    facts = describe("net", {**small("nets:Pretrained"), "preprocessing": given}, COMPUTE)
    assert facts["preprocessing"] == {**TIMM, "crop": [32, 24], "interpolation": "lanczos"}
    with pytest.raises(InputError, match=r"preprocessing: crop is larger than resize, which is 40$"):
        open_probe("net", {**small("nets:Pretrained"), "preprocessing": {"base": "own", "crop": 48}}, COMPUTE)
