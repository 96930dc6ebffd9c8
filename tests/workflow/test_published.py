"""The whole workflow with networks of timm and transformers; weights from a folder, and what they rerun."""

import json

import pytest
import timm
import torch
import transformers
from safetensors.torch import save_file

COMMITS = "1" * 40, "2" * 40
NAME = "test_vit.r160_in1k"
SMALL = {"base": "imagenet", "resize": 32, "crop": 32}


def publish(folder, commit, seed):
    """Put weights of one of timm's networks for tests, 32 x 32, into a cache, as its newest commit."""
    at = folder / f"models--timm--{NAME}"
    (at / "snapshots" / commit).mkdir(parents=True)
    (at / "refs").mkdir(exist_ok=True)
    torch.manual_seed(seed)
    save_file(timm.create_model(NAME, img_size=32).state_dict(), at / "snapshots" / commit / "model.safetensors")
    (at / "snapshots" / commit / "config.json").write_text("{}")
    (at / "refs" / "main").write_text(commit)


@pytest.fixture
def project(small_project):
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], num_labels=5)
    config.save_pretrained(small_project.folder / "resnet")
    publish(small_project.folder / "cache", COMMITS[0], seed=0)
    small_project.config["weights_folder"] = "cache"
    small_project.config["networks"] = {
        "vit": {"timm": NAME, "arguments": {"img_size": 32}, "preprocessing": SMALL},
        "resnet": {"hf": "./resnet", "weights": None, "preprocessing": SMALL},
    }
    return small_project


def facts(project, name):
    return json.loads((project.results / f"networks/{name}.json").read_text())


def refused(project):
    """The lines of errors of a run that does not begin."""
    done = project.run(check=False)
    assert done.returncode == 1
    return [line for line in done.stderr.splitlines() if not line.startswith("Using workflow specific profile")]


def test_from_the_name_to_the_table(project):
    project.config["shards"] = {"images": 8}
    resnet = project.config["networks"].pop("resnet")
    project.run()
    vit = facts(project, "vit")
    assert (vit["revision"], vit["random"], vit["layout"], vit["prefix"]) == (COMMITS[0], False, "tokens", 1)
    assert vit["weights"] == f"timm/{NAME}, sha256 {vit['state'][:16]}"
    recorded = json.loads((project.results / "provenance.json").read_text())
    assert recorded["networks"]["vit"]["revision"] == COMMITS[0]
    assert "vit" in (project.results / "tables/summary.md").read_text()
    assert project.planned() == {}
    project.config["networks"] = {"resnet": resnet}
    project.run("results/test/networks/resnet.json")
    facts_of_resnet = facts(project, "resnet")
    assert (facts_of_resnet["revision"], facts_of_resnet["weights"]) == (None, "random, seed 0")


@pytest.mark.long
def test_another_commit_or_another_file_runs_the_network_again(project):
    described = "results/test/networks/vit.json"
    project.run(described)
    publish(project.folder / "cache", COMMITS[1], seed=1)
    assert project.planned(described) == {"networks": 1}
    project.run(described)
    second = facts(project, "vit")
    assert second["revision"] == COMMITS[1]
    project.config["networks"]["vit"]["revision"] = COMMITS[0][:8]
    project.run(described)
    first = facts(project, "vit")
    assert (first["revision"], first["state"] == second["state"]) == (COMMITS[0], False)
    torch.manual_seed(2)
    file = project.folder / "cache" / f"models--timm--{NAME}" / "snapshots" / COMMITS[0] / "model.safetensors"
    save_file(timm.create_model(NAME, img_size=32).state_dict(), file)
    assert project.planned(described) == {"networks": 1}


def test_one_line_per_error_before_any_work(project):
    project.config["networks"] = {
        "name": {"timm": "resnt18", "weights": None},
        "folder": {"hf": "owner/net"},
        "text": {"hf": "./clip"},
        "weights": {"timm": NAME, "weights": "IMAGENET1K_V1"},
    }
    (project.folder / "clip").mkdir()
    (project.folder / "clip" / "config.json").write_text('{"model_type": "clip", "architectures": ["CLIPModel"]}')
    line = (
        "networks.weights: weights: 'IMAGENET1K_V1' is neither pretrained, nor null, nor a file; of a file write ./NAME"
    )
    assert refused(project) == [f"config: {line}"]
    del project.config["networks"]["weights"]
    assert refused(project) == [
        "config: networks.name: timm has no network 'resnt18'; did you mean 'resnet18'?",
        "config: networks.folder: weights_folder cache holds no models--owner--net in revision main",
        "config: networks.text: ./clip is no image classifier of transformers, but CLIPModel",
    ]
    assert not project.results.exists()


def test_which_weights_of_a_checkpoint_are_taken_is_said(small_project):
    from tiny import Tiny

    state = {f"model.{name}": values for name, values in Tiny().state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3}, small_project.folder / "own.ckpt")
    small_project.config["networks"]["tiny"]["weights"] = "./own.ckpt"
    line = "networks.tiny: weights ./own.ckpt are those under 'state_dict.model'"
    for _ in range(2):  # also where the network is not tried again
        assert line in small_project.planning("--cores", "2", "-n").splitlines()
