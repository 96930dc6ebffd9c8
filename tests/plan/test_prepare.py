"""What is found wrong at planning time ends in one line per error."""

import copy
import hashlib

import pytest
import torch
from conftest import ROOT, small
from projects import make_images
from tiny import Tiny

from cambench.plan import Plan, prepare, preprocessing, tried
from cambench.plan.prepare import _request, _weights


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A file of weights in the working folder, and its SHA-256."""
    monkeypatch.chdir(tmp_path)
    torch.save(Tiny().state_dict(), "good.pth")
    with open("good.pth", "rb") as file:
        return "./good.pth", hashlib.file_digest(file, "sha256").hexdigest()


def test_weights_have_the_digest_that_the_configuration_says(weights):
    path, digest = weights
    assert tried.weights_digest(small(weights=path)) == digest
    assert list(_weights({"net": small(weights=path, sha256=digest), "other": small(weights=path)})) == []
    wrong = {"net": small(weights=path, sha256="0" * 64), "good": small(weights=path), "random": small()}
    line = f"config: networks.net: weights {path} have sha256 {digest}, not {'0' * 64}"
    assert list(_weights(wrong)) == [line]


def test_weights_have_the_digest_that_their_name_says(weights, tmp_path):
    path, digest = weights
    for start in (digest[:8], "0" * 8):
        (tmp_path / f"tiny-{start}.pth").write_bytes((tmp_path / path).read_bytes())
    assert list(_weights({"net": small(weights=f"./tiny-{digest[:8]}.pth")})) == []
    line = f"config: networks.net: weights ./tiny-00000000.pth have sha256 {digest}, not 00000000... as their name says"
    assert list(_weights({"net": small(weights="./tiny-00000000.pth")})) == [line]


def test_other_weights_end_the_planning(weights, demo, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", "")
    block = {**next(iter(demo["networks"].values())), "weights": weights[0], "sha256": "0" * 64}
    with pytest.raises(SystemExit) as ended:
        prepare({**demo, "networks": {"net": block}}, [], {}, planning=True)
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        f"config: networks.net: weights ./good.pth have sha256 {weights[1]}, not {'0' * 64}"
    ]


METHODS = {"gradcam": {"cam": "gradcam"}}


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Plan a configuration of one network in a folder of its own: it, completed, and what decides its network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    monkeypatch.setattr("sys.argv", ["snakemake"])
    make_images(tmp_path / "photos", range(2))

    def plan(planning=True, methods=METHODS, curves=None, **block):
        config = {
            "run": "test",
            "dataset": {"kind": "folder", "path": "photos"},
            "networks": {"net": {"preprocessing": {"resize": 40, "crop": 32}, **block}},
            "methods": methods,
            "curves": curves,
        }
        full = prepare(copy.deepcopy(config), [], {}, planning=planning)
        plan = Plan(full, "results/test", lambda: None, lambda name: None, ROOT / "workflow" / "scripts")
        return full, plan.settings.of_network("net")

    return plan


OWN = {"resize": 40, "crop": 32, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.25] * 3}


def test_a_networks_own_preprocessing_is_taken(planned, capfd):
    for planning in (True, False):  # a job finds what planning has found
        full, _ = planned(planning, factory="nets:Pretrained", preprocessing="own")
        assert full["networks"]["net"]["preprocessing"] == OWN
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("planning", [True, False])
def test_points_are_held_against_a_size_that_is_a_networks_own(planned, capsys, planning):
    planned(factory="nets:Pretrained", preprocessing="own", curves={"points": 4})
    with pytest.raises(SystemExit):
        planned(planning, factory="nets:Pretrained", preprocessing="own", curves={"points": 5})
    assert capsys.readouterr().err == "config: curves.points: 5, but net has 4 inner steps of 224 pixels\n"


def test_values_that_are_given_stand_beside_a_networks_own(planned):
    given = {"base": "own", "resize": 48, "crop": [32, 40]}
    for planning in (True, False):
        full, _ = planned(planning, factory="nets:Pretrained", preprocessing=given)
        assert full["networks"]["net"]["preprocessing"] == {**OWN, "resize": 48, "crop": [32, 40]}


def test_a_base_that_is_named_is_not_told_again(planned, capfd):
    planned(factory="nets:Pretrained", preprocessing={"base": "imagenet", "resize": 32, "crop": 32})
    assert capfd.readouterr().err == ""


def test_own_preprocessing_that_planning_has_not_found(planned, capsys):
    with pytest.raises(SystemExit) as ended:
        planned(planning=False, factory="nets:Pretrained", preprocessing="own")
    assert ended.value.code == 1
    line = "config: networks.net: preprocessing: own is not known; plan once where torch is installed\n"
    assert capsys.readouterr().err == line


def test_another_preprocessing_than_the_networks_own_is_told(planned, capsys):
    for _ in range(2):  # also where the network is not tried again
        planned(factory="nets:Pretrained", preprocessing={"crop": 32, "mean": [0, 0, 0]})
        assert capsys.readouterr().err == (
            "networks.net: preprocessing has resize 224, interpolation bilinear, std [0.229, 0.224, 0.225] by default, "
            "but its weights were made with resize 40, interpolation bicubic, std [0.25, 0.25, 0.25]: "
            "name the values, or take preprocessing: own\n"
        )
    named = {**OWN, "resize": 48, "interpolation": "bilinear"}
    planned(factory="nets:Pretrained", preprocessing=named)
    assert capsys.readouterr().err == ""


def test_own_preprocessing_is_looked_up_where_planning_only_asks(planned, monkeypatch):
    """What one such network is known to have does not decide whether others are tried."""
    planned(factory="nets:Pretrained", preprocessing="own")
    monkeypatch.setattr("cambench.provenance.command.only_asks", lambda: True)
    assert planned(factory="nets:Pretrained", preprocessing="own")[0]["networks"]["net"]["preprocessing"] == OWN
    changed = {"interpolation": "bilinear"}
    found = planned(factory="nets:Pretrained", preprocessing="own", arguments=changed)[0]
    assert found["networks"]["net"]["preprocessing"] == {**OWN, **changed}


def test_what_is_asked_changes_no_block():
    networks = {"net": {"preprocessing": {"base": "own"}, "factory": "tiny:Tiny", "weights": None}}
    assert len(preprocessing.unknown(networks)) == 1
    assert networks["net"]["preprocessing"] == {"base": "own"}


@pytest.mark.parametrize(
    ("methods", "block", "opened"),
    [
        (METHODS, {}, False),
        (METHODS, {"title": "Another"}, False),
        ({"gradcam": {"cam": "gradcam", "title": "Another"}}, {}, False),
        ({"gradcam": {"cam": "gradcam"}, "more": {"cam": "scorecam"}}, {}, True),
        (METHODS, {"layer": "norm"}, True),
        (METHODS, {"seed": 1}, True),
    ],
)
def test_networks_are_opened_again_only_for_what_decides_their_trial(planned, capfd, methods, block, opened):
    planned(factory="nets:talks")
    assert "a line of errors" in capfd.readouterr().err
    planned(factory="nets:talks", methods=methods, **block)
    assert ("a line of errors" in capfd.readouterr().err) == opened


def test_a_methods_settings_open_no_network_again(planned, capfd):
    for seed, opened in ((0, True), (1, False)):
        planned(factory="nets:talks", methods={"random": {"cam": "random", "settings": {"seed": seed}}})
        assert ("a line of errors" in capfd.readouterr().err) == opened


def test_settings_that_a_methods_check_takes_are_tried(planned, capsys):
    """They decide whether a network can be explained: the class-token ViT has two blocks."""
    block = {"factory": "vits:torchvision_vit", "preprocessing": {"resize": 32, "crop": 32}}
    for settings, few in (({"start": 1}, None), ({"start": 2}, 3), ({"start": 1, "heads": "max"}, None)):
        methods = {"rollout": {"cam": "rollout", "settings": settings}}
        if few is None:
            planned(methods=methods, **block)
            continue
        with pytest.raises(SystemExit):
            planned(methods=methods, **block)
        reason = f"start asks for {few} blocks or more, and the network has 2"
        assert capsys.readouterr().err == f"config: methods.rollout: cannot explain net: {reason}\n"


def test_a_setting_that_no_check_takes_is_not_asked(planned, capfd):
    full = planned(factory="tiny:Tiny", methods={"x": {"cam": "random", "settings": {"seed": 3}}})[0]
    full["methods"]["y"] = {"cam": "legrad", "settings": {"layers": 4}}
    assert _request(full)["methods"] == {
        "x": {"cam": "random", "settings": {}},
        "y": {"cam": "legrad", "settings": {"layers": 4}},
    }


def test_files_that_a_factory_opens_decide(planned, tmp_path):
    torch.save(Tiny().state_dict(), tmp_path / "own.pth")
    block = {"factory": "nets:loads", "arguments": {"path": "own.pth"}}
    first = planned(**block)[1]
    assert len(first["opened"]) == 1
    assert planned(**block)[1] == planned(planning=False, **block)[1] == first
    torch.save(Tiny().state_dict(), tmp_path / "own.pth")
    second = planned(**block)[1]
    assert second["opened"] != first["opened"]
    assert second["state"] != first["state"]


def test_what_planning_knows_of_a_network_is_found_anew(planned, tmp_path):
    first = planned(factory="tiny:Tiny")[1]
    assert first["state"] is not None
    for file in (tmp_path / ".snakemake").rglob("*.network.json"):
        file.unlink()
    assert planned(planning=False, factory="tiny:Tiny")[1]["state"] is None
    assert planned(factory="tiny:Tiny")[1] == first


def test_what_is_given_stays_as_it_is(planned, monkeypatch):
    """Two modules may be given one configuration."""
    config = {
        "run": "test",
        "dataset": {"kind": "folder", "path": "photos"},
        "networks": {"net": {"factory": "tiny:Tiny", "layers": ["norm"], "preprocessing": {"resize": 40, "crop": 32}}},
        "methods": METHODS,
    }
    before = copy.deepcopy(config)
    full = prepare(config, [], {"tables": {"resamples": "50"}}, planning=False)
    assert config == before
    assert full["tables"]["resamples"] == 50
    assert prepare(config, [], {"tables": {"resamples": "50"}}, planning=False) == full


def test_every_error_of_the_networks_is_printed(planned, capsys):
    with pytest.raises(SystemExit):
        planned(factory="nets:Wrapping", arguments={"kind": "none"})
    line = "config: networks.net: it returns a NoneType, not logits (n, classes) of two or more classes\n"
    assert capsys.readouterr().err == line


def test_a_network_that_prints_is_no_error(planned, capfd):
    planned(factory="nets:talks")
    said = capfd.readouterr()
    assert said.out == ""
    assert "a line of errors" in said.err
