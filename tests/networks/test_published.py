"""Networks of timm and transformers: built with their own weights, random ones or a file's, or refused in one line."""

import importlib.util
import json
import os

import pytest
import timm
import torch
import transformers
from conftest import COMPUTE, settings
from safetensors.torch import load_file, save_file

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.watch import files_read

COMMIT = "1234567890abcdef" * 2 + "12345678"
NAME = "test_resnet.r160_in1k"  # 0.5 million parameters, for timm's own tests
PLAIN = {"base": "imagenet", "resize": 32, "crop": 32}
VALUES = {"resize": 32, "crop": 32, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3}


def block(**changes):
    return {**settings(preprocessing=VALUES), **changes}


@pytest.fixture
def at_timm(published, tmp_path):
    """A folder that holds weights of one of timm's networks, and these."""
    state = {name: values.clone() for name, values in timm.create_model(NAME).state_dict().items()}
    save_file(state, tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    return str(published(f"timm/{NAME}", COMMIT, {"config.json": b"{}", "model.safetensors": data})), state


@pytest.fixture
def vit(tmp_path):
    """A folder that holds an image classifier of transformers, as it saves it."""
    config = transformers.ViTConfig(
        image_size=32, patch_size=8, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16
    )
    config.id2label = {0: "cat", 1: "dog", 2: "zebra"}
    torch.manual_seed(3)
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path / "vit")
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "vit")
    return tmp_path / "vit"


@pytest.mark.parametrize("name", [NAME, "test_resnet"])
def test_timms_own_weights_from_a_folder(at_timm, name):
    folder, state = at_timm
    given = block(timm=name, weights="pretrained", weights_folder=folder)
    with files_read() as opened:
        facts = describe("net", {**given, "preprocessing": {"base": "own"}}, COMPUTE)
    assert all(torch.equal(values, state[key]) for key, values in build("net", given).state_dict().items())
    assert (facts["revision"], facts["random"]) == (COMMIT, False)
    assert facts["weights"] == f"timm/{NAME}, sha256 {facts['state'][:16]}"
    assert facts["preprocessing"] == facts["own_preprocessing"]
    assert facts["preprocessing"]["crop"] == 160
    assert [path.rpartition("/")[2] for path in opened] == ["main", "model.safetensors"]


def test_random_weights_are_named_so(vit):
    for given in (block(timm=NAME), block(hf=str(vit))):
        facts = describe("net", given, COMPUTE)
        assert (facts["weights"], facts["random"]) == ("random, seed 0", True)
        assert facts["state"] != describe("net", {**given, "seed": 1}, COMPUTE)["state"]


def test_a_file_of_weights(at_timm, vit, tmp_path):
    torch.save({"model": at_timm[1]}, tmp_path / "own.pth")
    facts = describe("net", block(timm=NAME, weights=str(tmp_path / "own.pth")), COMPUTE)
    assert (facts["checkpoint"], facts["revision"]) == ("model", None)
    given = block(hf=str(vit), weights=str(vit / "model.safetensors"))
    assert (
        describe("net", given, COMPUTE)["state"]
        == describe("net", block(hf=str(vit), weights="pretrained"), COMPUTE)["state"]
    )


def test_a_folder_of_timms(at_timm, tmp_path):
    """As timm's `save_for_hf` writes it."""
    state = at_timm[1]
    cfg = {"input_size": [3, 64, 64], "crop_pct": 1.0, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3}
    said = {"architecture": "test_resnet", "num_classes": 1000, "pretrained_cfg": {**cfg, "num_classes": 1000}}
    at = tmp_path / "mine"
    at.mkdir()
    (at / "config.json").write_text(json.dumps(said))
    save_file(state, at / "model.safetensors")
    facts = describe("net", block(timm=str(at), weights="pretrained", preprocessing={"base": "own"}), COMPUTE)
    assert facts["own_preprocessing"]["crop"] == 64
    assert facts["weights"].startswith(f"{at}, sha256 ")
    with pytest.raises(InputError, match=rf"^networks\.net: {at} is a network of timm: write timm: {at}$"):
        build("net", block(hf=str(at)))


def test_an_image_classifier_of_transformers(vit):
    with files_read() as opened:
        facts = describe("net", block(hf=str(vit), weights="pretrained", preprocessing={"base": "own"}), COMPUTE)
    assert facts["preprocessing"] == {**VALUES, "resize": [32, 32]}
    assert (facts["classes"], facts["random"], facts["revision"]) == (3, False, None)
    names = {path.rpartition("/")[2] for path in opened}
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} == names
    network = build("net", block(hf=str(vit), weights="pretrained"))
    state = load_file(vit / "model.safetensors")
    assert torch.equal(network.classifier.weight, state["classifier.weight"])
    assert (network.config._attn_implementation, network.dtype) == ("eager", torch.float32)


def test_half_precision_is_computed_in_float32(vit):
    transformers.ViTForImageClassification.from_pretrained(vit).half().save_pretrained(vit)
    assert build("net", block(hf=str(vit), weights="pretrained")).dtype == torch.float32
    assert build("net", block(hf=str(vit))).dtype == torch.float32


def test_a_commit_that_planning_found_is_what_a_job_reads(vit, published):
    files = {path.name: path.read_bytes() for path in vit.iterdir()}
    folder = str(published("owner/vit", COMMIT, files))
    published("owner/vit", "f" * 40, {**files, "model.safetensors": b"broken"})  # main has moved
    given = block(hf="owner/vit", weights="pretrained", weights_folder=folder, commit=COMMIT)
    assert describe("net", given, COMPUTE)["revision"] == COMMIT
    broken = rf"^networks\.net: weights .*{'f' * 40}/model\.safetensors: it is no checkpoint in the format safetensors"
    with pytest.raises(InputError, match=broken):
        build("net", {**given, "commit": None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timm": "resnt18"}, "timm has no network 'resnt18'; did you mean 'resnet18'?"),
        (
            {"timm": "convnext_tiny_in22ft1k"},
            "timm has no network 'convnext_tiny_in22ft1k' any more; it is now convnext_",
        ),
        ({"timm": "resnet18.b9"}, "timm has no weights 'b9' of resnet18; it has a1_in1k, a2_in1k, "),
        ({"timm": "vit_tiny_patch16_224", "arguments": {"num_classes": 0}}, "it has no classifier (num_classes is 0)"),
        ({"timm": NAME, "arguments": {"in_chans": 1}}, "it takes 1 channels, not three"),
        ({"timm": NAME, "arguments": {"colour": 1}}, "cannot be built: "),
        ({"timm": "gcvit_tiny", "weights": "pretrained"}, "gcvit_tiny: timm has its weights at "),
        (
            {"timm": "test_resnet", "weights": "pretrained", "weights_folder": "."},
            "weights_folder . holds no models--timm--",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_line_for_what_timm_does_not_have(changes, message):
    with pytest.raises(InputError) as error:
        build("net", block(**changes))
    assert str(error.value).startswith(f"networks.net: {message}")
    assert "\n" not in str(error.value)


def test_timms_weights_of_other_classes_are_refused(at_timm):
    given = block(timm=NAME, weights="pretrained", weights_folder=at_timm[0], arguments={"num_classes": 7})
    with pytest.raises(
        InputError, match=r"arguments: its weights have 1000 classes, not 7; name a file of such weights$"
    ):
        build("net", given)
    assert describe("net", {**given, "weights": None}, COMPUTE)["classes"] == 7


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"model_type": "clip", "architectures": ["CLIPModel"]},
            "is no image classifier of transformers, but CLIPModel",
        ),
        ({"model_type": "detr", "architectures": ["DetrForObjectDetection"]}, "but DetrForObjectDetection"),
        ({"model_type": "videomae"}, "but model_type videomae"),
        ({"model_type": "vit", "architectures": ["ViTModel"]}, "but ViTModel"),
        ({"model_type": "mine", "auto_map": {"AutoConfig": "code.Config"}}, "but model_type mine"),
        ({}, "but model_type None"),
        ({"model_type": "vit", "num_channels": 1}, "it takes 1 channels, not three"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_line_for_what_is_no_image_classifier(tmp_path, said, message):
    (tmp_path / "config.json").write_text(json.dumps(said))
    (tmp_path / "code.py").write_text("raise SystemExit('code of a repository was run')")
    for weights in (None, "pretrained"):
        with pytest.raises(InputError) as error:
            build("net", block(hf=str(tmp_path), weights=weights))
        assert str(error.value).startswith("networks.net: ")
        assert str(error.value).endswith(message)
        assert "\n" not in str(error.value)


def test_arguments_are_values_of_the_config(vit):
    given = block(hf=str(vit), arguments={"hidden_size": 32})
    assert build("net", given).classifier.in_features == 32
    with pytest.raises(InputError, match=r"arguments: the config of vit has no 'trust_remote_code'$"):
        build("net", {**given, "arguments": {"trust_remote_code": True}})
    others = "classifier.weight, vit.embeddings.cls_token, vit.embeddings.patch_embeddings.projection.bias"
    line = rf"^networks\.net: {vit}: its weights have other shapes than those of arguments: {others}, [\w.]+$"
    with pytest.raises(InputError, match=line):
        build("net", {**given, "weights": "pretrained"})
    labels = {**given, "weights": "pretrained", "arguments": {"num_labels": 7}}
    with pytest.raises(InputError, match=r"of arguments: classifier\.bias, classifier\.weight$"):
        build("net", labels)


def test_weights_without_a_classifier_are_refused(vit):
    state = {name: values for name, values in load_file(vit / "model.safetensors").items() if "classifier" not in name}
    save_file(state, vit / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"has no weights of classifier\.bias, classifier\.weight: it was not made to"):
        build("net", block(hf=str(vit), weights="pretrained"))


@pytest.mark.parametrize(
    ("package", "extra", "changes"), [("timm", "timm", {"timm": NAME}), ("transformers", "hf", {"hf": "./x"})]
)
def test_an_extra_that_is_not_installed(monkeypatch, package, extra, changes):
    found = importlib.util.find_spec
    for module in ("from_timm", "from_hub"):
        monkeypatch.setattr(
            f"cambench.networks.{module}.find_spec", lambda name: None if name == package else found(name)
        )
    with pytest.raises(InputError, match=rf'^networks\.net: {package} is not installed: pip install "\.\[{extra}\]"$'):
        build("net", block(**changes))


def test_where_nothing_says_how_images_are_prepared(vit):
    (vit / "preprocessor_config.json").unlink()
    given = block(hf=str(vit), preprocessing={"base": "own", "crop": 32})
    with pytest.raises(
        InputError, match=r"holds no preprocessor_config\.json; name the values, or write base: imagenet$"
    ):
        describe("net", given, COMPUTE)


class Code:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_weights_of_a_repository_run_no_code(vit, published, tmp_path):
    torch.save({"a": Code(tmp_path / "ran")}, vit / "pytorch_model.bin")
    (vit / "model.safetensors").unlink()
    evil = (vit / "pytorch_model.bin").read_bytes()
    folder = str(published(f"timm/{NAME}", COMMIT, {"config.json": b"{}", "pytorch_model.bin": evil}))
    what = r"holds objects \(\w+\.mkdir\) that could run code; save its state_dict alone"
    line = rf"weights .*pytorch_model\.bin: it is no file of weights alone, but {what}"
    for given in ({"hf": str(vit)}, {"timm": NAME, "weights_folder": folder}):
        with pytest.raises(InputError, match=rf"^networks\.net: {line}$"):
            build("net", block(**given, weights="pretrained"))
        assert not (tmp_path / "ran").exists()


def test_weights_of_a_repository_as_torch_saves_them(vit):
    network = transformers.ViTForImageClassification.from_pretrained(vit)
    torch.save(load_file(vit / "model.safetensors"), vit / "pytorch_model.bin")
    (vit / "model.safetensors").unlink()
    found = build("net", block(hf=str(vit), weights="pretrained"))
    assert torch.equal(found.classifier.weight, network.classifier.weight)
    assert torch.equal(found.vit.embeddings.cls_token, network.vit.embeddings.cls_token)


def test_weights_in_several_files(vit):
    whole = build("net", block(hf=str(vit), weights="pretrained")).state_dict()
    network = transformers.ViTForImageClassification.from_pretrained(vit)
    (vit / "model.safetensors").unlink()
    network.save_pretrained(vit, max_shard_size="8KB")
    parts = sorted(vit.glob("model-*.safetensors"))
    assert len(parts) > 1
    with files_read() as opened:
        found = build("net", block(hf=str(vit), weights="pretrained")).state_dict()
    assert all(torch.equal(values, whole[name]) for name, values in found.items())
    assert set(map(str, parts)) < set(opened)
    parts[0].unlink()
    with pytest.raises(InputError, match=rf"^networks\.net: {vit} holds no {parts[0].name}; name a file in weights"):
        build("net", block(hf=str(vit), weights="pretrained"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[]", "names no files of weights"),
        ("{", "names no files of weights"),
        ('{"weight_map": {"a": 3}}', "names 3, which is not beside it"),
        ('{"weight_map": {"a": "../b.safetensors"}}', r"names '\.\./b\.safetensors', which is not beside it"),
    ],
)
def test_an_index_of_weights_that_is_none(vit, said, message):
    (vit / "model.safetensors").unlink()
    (vit / "model.safetensors.index.json").write_text(said)
    with pytest.raises(InputError, match=rf"^networks\.net: {vit}: model\.safetensors\.index\.json {message}$"):
        build("net", block(hf=str(vit), weights="pretrained"))


def test_a_file_of_weights_that_cannot_be_read_is_named(vit, tmp_path):
    (tmp_path / "junk.pth").write_bytes(b"<!DOCTYPE html>")
    for given in ({"hf": str(vit)}, {"timm": NAME}):
        with pytest.raises(
            InputError, match=r"^networks\.net: weights .*junk\.pth: it is no checkpoint, or is damaged$"
        ):
            build("net", block(**given, weights=str(tmp_path / "junk.pth")))
    (vit / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    with pytest.raises(InputError, match=r"model\.safetensors: it is a pointer of Git LFS in the place of the file"):
        build("net", block(hf=str(vit), weights="pretrained"))


def test_classes_that_do_not_exclude_each_other_are_not_taken_for_others(vit):
    """Softmax would be applied, and nobody would know."""
    said = json.loads((vit / "config.json").read_text())
    (vit / "config.json").write_text(json.dumps({**said, "problem_type": "multi_label_classification"}))
    for weights in (None, "pretrained"):
        given = block(hf=str(vit), weights=weights)
        line = r"multi_label_classification\): write score: sigmoid, or score: softmax if that is meant$"
        with pytest.raises(InputError, match=rf"^networks\.net: its classes do not exclude each other .*{line}"):
            build("net", given)
        for score in ("sigmoid", "softmax"):
            assert describe("net", {**given, "score": score}, COMPUTE)["score"] == score


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[]", "config.json holds a list, and no mapping of keys"),
        ("{", "config.json cannot be read: "),
        ('{"model_type": "vit"}', "is a network of transformers: write hf: "),
        ("{}", "its config.json names no architecture of timm"),
    ],
)
def test_a_folder_that_holds_no_network_of_timm(tmp_path, said, message):
    (tmp_path / "config.json").write_text(said)
    with pytest.raises(InputError) as error:
        build("net", block(timm=str(tmp_path)))
    assert str(error.value).startswith(f"networks.net: {tmp_path}")
    assert message in str(error.value)
    assert "\n" not in str(error.value)
