"""Where a network comes from decides what stands for keys that are not given."""

# ruff: noqa: E501 (tables of expected lines)

import pytest

from cambench.config.networks import IMAGENET, settle
from cambench.config.read import resolve

LANCZOS = {"resize": [40, 48], "crop": [32, 40], "interpolation": "lanczos", "mean": [0, 0, 0], "std": [1, 1, 1]}


@pytest.fixture
def completed(good):
    """The block of the configuration's network, completed; `weights_folder` is one of the configuration's keys."""

    def complete(weights_folder=None, **block):
        full, errors = resolve({**good, "networks": {"net": block}, "weights_folder": weights_folder}, [], look=False)
        assert errors == []
        return full["networks"]["net"]

    return complete


@pytest.mark.parametrize(
    ("block", "weights"),
    [
        ({"name": "resnet18"}, None),
        ({"factory": "tiny:Tiny"}, None),
        ({"timm": "resnet18"}, "pretrained"),
        ({"hf": "owner/net"}, "pretrained"),
        ({"timm": "resnet18", "weights": None}, None),
        ({"hf": "owner/net", "weights": "./own.pth"}, "./own.pth"),
    ],
    ids=str,
)
def test_weights(completed, block, weights):
    assert completed(**block)["weights"] == weights


@pytest.mark.parametrize(
    ("source", "given", "expected"),
    [
        ({"name": "resnet18"}, {}, IMAGENET),
        ({"name": "resnet18"}, {"crop": 192, "base": "imagenet"}, {**IMAGENET, "crop": 192}),
        ({"name": "resnet18"}, "own", {"base": "own"}),
        ({"name": "resnet18"}, {"base": "own", "crop": 192}, {"base": "own", "crop": 192}),
        ({"timm": "resnet18"}, {}, {"base": "own"}),
        ({"hf": "owner/net"}, {"mean": [0, 0, 0]}, {"base": "own", "mean": [0, 0, 0]}),
        ({"hf": "owner/net"}, {"base": "imagenet"}, IMAGENET),
        ({"timm": "resnet18"}, "imagenet", IMAGENET),
        ({"name": "resnet18"}, {"crop": [192, 192]}, {**IMAGENET, "crop": 192}),
        ({"timm": "resnet18"}, {"crop": [192, 192]}, {"base": "own", "crop": 192}),
        ({"name": "resnet18"}, {"centre": "round"}, IMAGENET),
        ({"name": "resnet18"}, {"centre": "floor"}, {**IMAGENET, "centre": "floor"}),
        ({"hf": "owner/net"}, {"centre": "round"}, {"base": "own", "centre": "round"}),  # where its own is floor
        ({"timm": "resnet18"}, {"crop": [192, 160]}, {"base": "own", "crop": [192, 160]}),
        ({"timm": "resnet18"}, LANCZOS, LANCZOS),  # nothing is left to be taken from elsewhere
    ],
    ids=str,
)
def test_preprocessing(completed, source, given, expected):
    assert completed(**source, preprocessing=given)["preprocessing"] == expected


def test_a_folder_of_weights_goes_with_networks_that_are_looked_for_there(completed, tmp_path):
    (tmp_path / "resnet18-f37072fd.pth").touch()
    folder = str(tmp_path)
    assert completed(folder, timm="resnet18")["weights_folder"] == folder
    assert completed(folder, hf="owner/net")["weights_folder"] == folder
    found = completed(folder, name="resnet18", weights="IMAGENET1K_V1")
    assert (found["weights"], "weights_folder" in found) == (f"{folder}/resnet18-f37072fd.pth", False)
    assert "weights_folder" not in completed(folder, factory="tiny:Tiny")


def test_a_score_that_a_networks_own_config_may_forbid_is_not_filled_in_before_that_is_read(completed):
    for source in ({"name": "resnet18"}, {"factory": "tiny:Tiny"}, {"timm": "resnet18"}):
        assert completed(**source)["score"] == "softmax"
    block = completed(hf="owner/net")
    assert "score" not in block
    settle({"net": block})
    assert block["score"] == "softmax"
    assert completed(hf="owner/net", score="sigmoid")["score"] == "sigmoid"


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"timm": "a", "hf": "b"}, "give one of 'name' (a torchvision network), 'timm', 'hf' and 'factory'"),
        ({"timm": "a", "weights": "x"}, "weights: 'x' is neither pretrained, nor null, nor a file; of a file write ./NAME"),
        ({"timm": "a", "weights_folder": "x"}, "unknown key 'weights_folder'; did you mean 'weights_key'?"),
        ({"timm": "a", "arguments": {"pretrained": True}}, "arguments: pretrained: name the weights beside the arguments, as weights"),
        ({"hf": "a/b", "weights_key": "ema"}, "weights_key is given, but weights are not a file"),
        ({"name": "resnet18", "revision": "v1"}, "revision is given, but neither the network nor its weights come from a repository"),
        ({"hf": "./a", "revision": "v1"}, "revision is given, but neither the network nor its weights come from a repository"),
        ({"timm": "a", "weights": None, "revision": "v1"}, "revision is given, but neither the network nor its weights come from a repository"),
        ({"hf": "a/b", "revision": "../v1"}, r"'../v1' has characters that are not allowed here (^[A-Za-z0-9][\w.+/-]*$)"),
    ],
    ids=str,
)  # fmt: skip
def test_one_line_for_keys_that_do_not_go_together(good, block, line):
    errors = resolve({**good, "networks": {"net": block}}, [])[1]
    assert [error.partition("networks.net")[2].partition(": ")[2] for error in errors] == [line]


@pytest.mark.parametrize(
    "block", [{"hf": "a/b", "revision": "v1", "weights": None}, {"timm": "hf-hub:a/b", "revision": "v1"}]
)
def test_revisions_of_repositories(good, block):
    assert resolve({**good, "networks": {"net": block}}, [])[1] == []


@pytest.mark.parametrize(
    "value", ["theirs", {"base": "theirs"}, 3, [], {"base": None, "crop": None}, {"crop": "32"}], ids=str
)
def test_preprocessing_of_another_kind(good, value):
    """Wrong ones are one line, and null takes a key away."""
    errors = resolve({**good, "networks": {"net": {"timm": "resnet18", "preprocessing": value}}}, [], look=False)[1]
    assert len(errors) == (0 if value == {"base": None, "crop": None} else 1)
    assert all(line.startswith("config: networks.net.preprocessing") for line in errors)
