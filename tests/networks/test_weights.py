"""Weights from files of several shapes, their digest, and whether they are random."""

import argparse
import copy

import pytest
import torch
from conftest import COMPUTE, small
from tiny import Residual, Tiny

from cambench.errors import InputError
from cambench.networks import weights
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe

STATE = Tiny().state_dict()
WRAPPED = {f"module.{name}": values for name, values in STATE.items()}
OTHER = Tiny().state_dict()
OLD = {name: values for name, values in STATE.items() if not name.endswith("num_batches_tracked")}


def prefixed(start):
    return {f"{start}{name}": values for name, values in STATE.items()}


def built(path):
    return build("net", small(weights=str(path)))


@pytest.mark.parametrize(
    "saved",
    [
        STATE,
        WRAPPED,
        OLD,
        {"state_dict": STATE},
        {"model": WRAPPED, "epoch": 3, "optimizer": {"state": {}, "param_groups": []}},
        {"net": STATE, "scheduler": {"last_epoch": 3}},
        {"model_state_dict": STATE},
        {"state_dict": {**prefixed("model."), "loss.weight": torch.ones(3)}, "hyper_parameters": {"lr": 1}},
        {**prefixed("module."), "n_averaged": torch.tensor(3)},
        prefixed("module._orig_mod."),
        {"ema": {"module": prefixed("model.model.")}, "model": None},
    ],
    ids=["plain", "wrapped", "old", "state_dict", "model", "net", "pl", "lightning", "averaged", "compiled", "nested"],
)
def test_weights_are_found_in_a_checkpoint(saved, tmp_path):
    torch.save(saved, tmp_path / "saved.pth")
    network = built(tmp_path / "saved.pth")
    assert all(torch.equal(values, STATE[name]) for name, values in network.state_dict().items())


@pytest.mark.parametrize(
    ("saved", "place"),
    [
        (STATE, None),
        (WRAPPED, "module"),
        ({"state_dict": prefixed("model."), "epoch": 3}, "state_dict.model"),
        ({"ema": {"module": STATE}}, "ema.module"),
    ],
)
def test_where_weights_were_is_told(saved, place, tmp_path):
    torch.save(saved, tmp_path / "saved.pth")
    assert describe("net", small(weights=str(tmp_path / "saved.pth")), COMPUTE)["checkpoint"] == place


@pytest.mark.parametrize(
    "saved",
    [
        {"model": STATE, "model_ema": OTHER},
        {"state_dict": prefixed("model.") | {f"model_ema.{name}": values for name, values in OTHER.items()}},
        {"state_dict": STATE, "state_dict_ema": OTHER},
    ],
    ids=["keys", "prefixes", "timm"],
)
def test_averaged_weights_are_chosen_and_never_guessed(saved, tmp_path):
    torch.save(saved, tmp_path / "saved.pth")
    with pytest.raises(
        InputError, match=r"several fitting sets of weights: \S+, \S+; choose one by weights_key$"
    ) as error:
        built(tmp_path / "saved.pth")
    ours, theirs = str(error.value).partition("weights: ")[2].partition(";")[0].split(", ")
    for place, state in ((ours, STATE), (theirs, OTHER)):
        network = build("net", small(weights=str(tmp_path / "saved.pth"), weights_key=place))
        assert torch.equal(network.fc.weight, state["fc.weight"])
    with pytest.raises(InputError, match=r"no fitting weights are at weights_key 'ema', but at: "):
        build("net", small(weights=str(tmp_path / "saved.pth"), weights_key="ema"))


@pytest.mark.parametrize("place", ["", "state_dict"])
def test_averaged_weights_beside_others_without_a_prefix_are_not_guessed(place, tmp_path):
    saved = STATE | {f"ema.{name}": values for name, values in OTHER.items()}
    torch.save({place: saved} if place else saved, tmp_path / "saved.pth")
    inner = f"{place}.ema".strip(".")
    with pytest.raises(InputError, match=rf"several fitting sets of weights: .*{inner}; choose one by weights_key$"):
        built(tmp_path / "saved.pth")
    network = build("net", small(weights=str(tmp_path / "saved.pth"), weights_key=inner))
    assert torch.equal(network.fc.weight, OTHER["fc.weight"])


def test_objects_beside_weights_are_named(tmp_path):
    torch.save({"state_dict": STATE, "hyper_parameters": argparse.Namespace(lr=1)}, tmp_path / "saved.ckpt")
    line = r"it is no file of weights alone, but holds objects \(argparse\.Namespace\) that could run code; save its"
    with pytest.raises(InputError, match=rf"^networks\.net: weights .*saved\.ckpt: {line} state_dict alone$"):
        built(tmp_path / "saved.ckpt")


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
@pytest.mark.parametrize("data", [b"", b"x", b"junk that is no checkpoint", b"<!DOCTYPE html>", b"PK\x03\x04zip"])
def test_what_is_no_checkpoint(tmp_path, data, kind):
    (tmp_path / f"saved.{kind}").write_bytes(data)
    line = "it is no checkpoint" + (" in the format safetensors" if kind == "safetensors" else "")
    with pytest.raises(InputError, match=rf"^networks\.net: weights .*saved\.{kind}: {line}, or is damaged$"):
        built(tmp_path / f"saved.{kind}")


def test_a_pointer_of_git_lfs(tmp_path):
    (tmp_path / "saved.pth").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    line = "it is a pointer of Git LFS in the place of the file; fetch that with git lfs pull"
    with pytest.raises(InputError, match=rf"^networks\.net: weights .*saved\.pth: {line}$"):
        built(tmp_path / "saved.pth")


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (
            {"model": STATE, "ema": STATE},
            "it holds several fitting sets of weights: ema, model; choose one by weights_key",
        ),
        (
            {"epoch": 3, "model": {"stem.weight": STATE["stem.weight"], "head": STATE["fc.bias"]}},
            "it holds epoch, model; missing: fc.bias, fc.weight, norm.bias, norm.running_mean and 3 more; "
            "not in the network: head",
        ),
        (
            Residual().state_dict(),
            "it holds branch.bias, branch.weight, fc.bias, fc.weight and 2 more; missing: norm.bias",
        ),
        ({}, "it holds nothing; missing: "),
        ([STATE], "it holds no weights by name, but a list"),
        ({**STATE, "fc.bias": torch.zeros(7)}, "Error.* in loading state_dict for Tiny: size mismatch for fc.bias"),
    ],
    ids=["several", "checkpoint", "other", "empty", "list", "shape"],
)
def test_one_line_for_weights_that_do_not_fit(saved, message, tmp_path):
    torch.save(saved, tmp_path / "saved.pth")
    with pytest.raises(InputError, match=rf"^networks\.net: weights .*saved\.pth do not fit: {message}") as error:
        built(tmp_path / "saved.pth")
    assert "\n" not in str(error.value)


def test_a_digest_follows_names_types_shapes_and_values():
    network = build("net", small())
    digest = weights.digest(network)
    assert weights.digest(network.to(memory_format=torch.contiguous_format)) == digest
    assert weights.digest(build("net", small())) == digest
    changed = [copy.deepcopy(network) for _ in range(4)]
    changed[0].fc.bias.data[0] += 1e-6
    changed[1].norm.running_var[0] += 1e-6
    changed[2].fc.weight.data = changed[2].fc.weight.data.reshape(-1)
    changed[3].register_buffer("more", torch.zeros(1), persistent=False)
    changed.append(network.double())
    assert len({digest, *map(weights.digest, changed)}) == 6


def test_weights_are_random_if_another_seed_gives_others(tmp_path):
    torch.save(STATE, tmp_path / "own.pth")
    random, loaded = small(), small("nets:loads", arguments={"path": str(tmp_path / "own.pth")})
    facts = describe("net", random, COMPUTE), describe("net", loaded, COMPUTE)
    assert [found["random"] for found in facts] == [True, False]
    assert facts[0]["weights"] == "random, seed 0"
    assert facts[1]["weights"] == f"the factory's own, sha256 {facts[1]['state'][:16]}"
    torch.save(Tiny().state_dict(), tmp_path / "own.pth")
    assert describe("net", loaded, COMPUTE)["state"] != facts[1]["state"]


def test_weights_that_no_seed_sets_are_refused():
    with pytest.raises(
        InputError, match=r"^networks\.net: each build has other weights; draw them from torch's generator"
    ):
        describe("net", small("nets:unseeded"), COMPUTE)


def test_a_job_refuses_weights_that_are_others_than_those_described(tmp_path):
    torch.save(STATE, tmp_path / "own.pth")
    block = small("nets:loads", arguments={"path": str(tmp_path / "own.pth")})
    known = describe("net", block, COMPUTE)
    assert open_probe("net", block, COMPUTE, known=known).layer == "relu"
    torch.save(Tiny().state_dict(), tmp_path / "own.pth")
    with pytest.raises(
        InputError, match=r"^networks\.net: its weights are no longer those of networks/net\.json; mend: rm"
    ):
        open_probe("net", block, COMPUTE, known=known)
