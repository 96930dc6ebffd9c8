"""Names that networks have for their classes; none is taken from weights that are not theirs."""

from types import SimpleNamespace

import pytest
import timm
import torchvision
from torch import nn
from transformers import ResNetConfig

from cambench.networks.names import own


def hub(**names):
    network = nn.Module()
    network.config = ResNetConfig(**names)
    return network


def test_torchvisions_are_those_of_its_weights():
    network = nn.Module()
    known = torchvision.models.ResNet18_Weights.IMAGENET1K_V1
    names = own(network, {"name": "resnet18", "weights": "IMAGENET1K_V1"}, 1000)
    assert names == known.meta["categories"]
    assert names[340] == "zebra"
    file = f"weights/{known.url.rpartition('/')[2]}"
    assert own(network, {"name": "resnet18", "weights": file}, 1000) == names
    assert own(network, {"name": "resnet18", "weights": "weights/mine.pth"}, 1000) is None
    assert own(network, {"name": "resnet18", "weights": None}, 1000) is None
    assert own(network, {"name": "resnet18", "weights": "IMAGENET1K_V1"}, 10) is None


def test_hugging_faces_are_those_of_the_configuration():
    settings = {"hf": "owner/name", "weights": "pretrained"}
    assert own(hub(id2label={0: "cat", 1: "large  eel"}), settings, 2) == ["cat", "large eel"]
    assert own(hub(num_labels=3), settings, 3) is None  # LABEL_0, LABEL_1, LABEL_2
    assert own(hub(id2label={0: "cat", 2: "eel"}), settings, 2) is None
    assert own(hub(id2label={0: "cat", 1: " "}), settings, 2) is None
    assert own(hub(id2label={0: "cat", 1: "eel"}), settings, 3) is None


def test_timms_are_those_of_pretrained_weights():
    network = nn.Module()
    network.pretrained_cfg = {"tag": "in21k", "label_names": ["n1", "n2"], "label_descriptions": {"n1": "cat"}}
    settings = {"timm": "net", "weights": "pretrained"}
    assert own(network, settings, 2) == ["cat", "n2"]
    for weights in ("mine.pth", None):
        assert own(network, {**settings, "weights": weights}, 2) is None


@pytest.mark.parametrize(("tag", "known"), [("a1_in1k", True), ("augreg_in21k_ft_in1k", True), ("in21k", False)])
def test_imagenets_where_timms_tag_says_so(tag, known):
    network = timm.create_model("test_resnet", num_classes=1000)
    network.pretrained_cfg = {**network.pretrained_cfg, "tag": tag}
    names = own(network, {"timm": f"test_resnet.{tag}", "weights": "pretrained"}, 1000)
    assert (names[340] if names else None) == ("zebra" if known else None)


def test_anything_else_has_no_names():
    settings = {"factory": "my:net", "weights": None}
    network = nn.Module()
    assert own(network, settings, 2) is None
    for config in (7, SimpleNamespace(id2label="no"), SimpleNamespace(id2label={"a": 1})):
        network.config = config
        assert own(network, settings, 2) is None
    assert own(Moody(), settings, 2) is None


class Moody(nn.Module):
    @property
    def config(self):
        raise RuntimeError("not today")
