"""What decides the answers of a network that comes from a repository, and what its record says."""

import copy
import json
import shutil
import sys

import pytest
import yaml
from conftest import ROOT
from projects import make_images

from cambench.config import layers
from cambench.plan import Plan, prepare, preprocessing, tried

REAL = sys.executable  # which reads the environment as it starts
ONE, TWO = "1" * 40, "2" * 40
LAYERS = ["vit.layers.0.layernorm_before", "vit.layers.1.layernorm_before"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of Hugging Face's layout that holds two commits of a small ViT, `main` and `next`."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("cache")
    at = folder / "models--me--vit"
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.ViTConfig(**sizes, image_size=32, patch_size=8, num_labels=3)
    (at / "refs").mkdir(parents=True)
    for commit, branch in ((ONE, "main"), (TWO, "next")):
        torch.manual_seed(int(commit[0]))
        transformers.ViTForImageClassification(config).save_pretrained(at / "snapshots" / commit)
        transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(at / "snapshots" / commit)
        (at / "refs" / branch).write_text(commit)
    return folder


@pytest.fixture
def planned(tmp_path, monkeypatch, cache):
    """Plan a configuration of one network in one folder: its settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["snakemake"])
    monkeypatch.setenv("PYTHONPATH", "")
    make_images(tmp_path / "photos", range(2))

    def plan(config=None, **block):
        config = config or {
            "run": "test",
            "dataset": {"kind": "folder", "path": "photos"},
            "networks": {"net": {"hf": "me/vit", **block}},
            "methods": {"gradcam": {"cam": "gradcam"}},
            "weights_folder": str(cache),
        }
        full = prepare(copy.deepcopy(config), [], {}, planning=True)
        return Plan(full, "results/test", lambda: None, lambda name: None, ROOT / "workflow" / "scripts").settings

    return plan


def text(settings, name="net"):
    """As Snakemake compares it: with the order of its keys."""
    return json.dumps(settings.of_network(name))


def test_the_same_network_in_other_words(planned, cache, tmp_path, monkeypatch):
    first = text(planned())
    assert ONE in first
    assert text(planned(classes=3, preprocessing="own", revision="main", score="softmax")) == first
    assert text(planned(revision=ONE, preprocessing={"crop": [32, 32], "resize": [32, 32]}, arguments={})) == first
    moved = shutil.copytree(cache, tmp_path / "moved")
    base = {"run": "test", "dataset": {"kind": "folder", "path": "photos"}, "methods": {"gradcam": {"cam": "gradcam"}}}
    config = {**base, "networks": {"net": {"hf": "me/vit"}}}
    assert text(planned({**config, "weights_folder": str(moved)})) == first
    monkeypatch.setenv("HF_HUB_CACHE", str(moved))
    monkeypatch.setattr(sys, "executable", REAL)
    assert text(planned(config)) == first


def test_the_order_of_keys_decides_nothing(planned):
    arguments = {"hidden_act": "relu", "layer_norm_eps": 1e-6}
    one = planned(weights=None, arguments=arguments, seed=1)
    other = planned(seed=1, arguments=dict(reversed(arguments.items())), weights=None)
    assert text(one) == text(other)


@pytest.mark.parametrize(
    "block", [{"revision": "next"}, {"score": "sigmoid"}, {"preprocessing": {"mean": [0, 0, 0]}}], ids=str
)
def test_another_network(planned, block):
    assert text(planned(**block)) != text(planned())


def test_a_branch_that_moves(planned, tmp_path, cache):
    moved = shutil.copytree(cache, tmp_path / "moved")
    base = {"run": "test", "dataset": {"kind": "folder", "path": "photos"}, "methods": {"gradcam": {"cam": "gradcam"}}}
    config = {**base, "networks": {"net": {"hf": "me/vit"}}, "weights_folder": str(moved)}
    for commit in (ONE, TWO):
        (moved / "models--me--vit" / "refs" / "main").write_text(commit)
        settings = planned(config)
        assert settings.of_network("net")["commit"] == commit
        assert settings.recorded()["networks"]["net"]["revision"] == commit


def test_a_record_is_run_again(planned, cache, tmp_path):
    """From its file, to the same settings of each network, whatever the branch stands for by then."""
    settings = planned(layers=LAYERS, title="V")
    recorded = yaml.safe_load(json.dumps(settings.recorded()))
    assert recorded["networks"]["net"]["revision"] == ONE
    moved = shutil.copytree(cache, tmp_path / "moved")
    (moved / "models--me--vit" / "refs" / "main").write_text(TWO)
    again = planned({**recorded, "weights_folder": str(moved)})
    for layer in LAYERS:
        assert text(again, f"net-{layer}") == text(settings, f"net-{layer}")
    assert again.recorded() == {**recorded, "weights_folder": str(moved)}


def test_weights_are_known_by_their_digest_wherever_they_lie(planned, cache, tmp_path):
    file = cache / "models--me--vit" / "snapshots" / ONE / "model.safetensors"
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        shutil.copy(file, tmp_path / name)
    one, other = (planned(weights=f"./{name}/model.safetensors") for name in ("a", "b"))
    assert text(one) == text(other)
    shutil.copy(cache / "models--me--vit" / "snapshots" / TWO / "model.safetensors", tmp_path / "b")
    assert text(planned(weights="./b/model.safetensors")) != text(one)


def test_what_chooses_weights_decides_where_networks_are_not_tried(planned, monkeypatch):
    """Without torch, planning does not know which weights they are."""
    monkeypatch.setattr(sys.modules["cambench.plan.prepare"], "find_spec", lambda name: None)
    settings = planned(revision="next", preprocessing={"base": "imagenet", "resize": 32, "crop": 32})
    assert settings.of_network("net")["revision"] == "next"
    assert settings.recorded()["networks"]["net"]["revision"] == "next"


def test_crops_of_equal_sides_are_one_number(monkeypatch):
    own = {"resize": 40, "crop": [32, 32], "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.5] * 3}
    monkeypatch.setattr(tried, "read", lambda block: {**tried._NOTHING, "own_preprocessing": own})
    networks = {"net": {"preprocessing": {"base": "own"}, "hf": "me/vit", "weights": "pretrained"}}
    preprocessing.take_own(networks)
    assert networks["net"]["preprocessing"]["crop"] == 32
    assert layers.blocks(networks) == networks
