"""A configuration for a folder of images and a network."""

import shutil

import pytest
import yaml
from projects import ROOT, make_images

from cambench.command import _main, init
from cambench.config import read
from cambench.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with photographs, and a network of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    make_images(tmp_path / "photographs", range(3))
    shutil.copy(ROOT / "tests" / "tiny.py", tmp_path)
    return tmp_path


def written(folder, *words):
    """What is written, as YAML."""
    _main.main(["init", *words])
    return yaml.safe_load((folder / "my.yaml").read_text())


def test_what_it_writes_is_right(folder, capsys):
    """As `cambench check` finds it, but for opening the network."""
    config = written(folder, "--network", "tiny:Tiny")
    assert read.resolve(config, ["my.yaml"])[1] == []
    assert config["networks"] == {"Tiny": {"factory": "tiny:Tiny", "weights": None}}
    assert config["run"] == "my"
    assert "cambench run my.yaml" in capsys.readouterr().out


def test_nothing_is_written_over(folder, capsys):
    (folder / "my.yaml").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        _main.main(["init"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "my.yaml: is there already; name another file with --output\n"
    assert (folder / "my.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["my: photographs", "# no comment", "it's", "1", "null", "ünï {x}"])
def test_names_of_folders_need_no_care(folder, name):
    (folder / "photographs").rename(folder / name)
    assert written(folder, "--images", name)["dataset"]["path"] == name


def test_a_network_of_torchvision_has_its_best_weights(folder):
    assert written(folder)["networks"]["resnet50"] == {
        "name": "resnet50",
        "weights": "IMAGENET1K_V2",
        "preprocessing": "own",
    }
    assert init.network("vgg16").lines[:2] == ["name: vgg16", "weights: IMAGENET1K_V1"]


@pytest.mark.parametrize(
    ("asked", "name", "block"),
    [
        ("timm:vit_small_patch16_224.augreg", "vit_small_patch16_224.augreg", {"timm": "vit_small_patch16_224.augreg"}),
        ("hf:microsoft/swin-tiny", "microsoft-swin-tiny", {"hf": "microsoft/swin-tiny"}),
        ("timm:hf-hub:a/b", "hf-hub-a-b", {"timm": "hf-hub:a/b"}),
        ("a.b:c.make", "c.make", {"factory": "a.b:c.make", "weights": None}),
    ],
)
def test_other_networks(asked, name, block):
    found = init.network(asked)
    assert found.name == name
    assert yaml.safe_load("\n".join(found.lines)) == block


def test_what_cannot_be_used_is_refused(folder):
    with pytest.raises(InputError, match="resnet5: torchvision has no such network with weights; write timm:NAME"):
        init.network("resnet5")
    with pytest.raises(InputError, match=r"tiny\.py: no folder"):
        init.labelled(folder / "tiny.py", own=True)
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="empty: holds no files"):
        init.labelled(folder / "empty", own=True)


def test_labels_are_taken_from_folders_where_they_are_the_networks_classes(folder):
    for name in ("cat", "dog"):
        make_images(folder / name, range(2))
    photographs = folder / "photographs"
    assert init.labelled(photographs, own=True).label == "none"
    for name in ("cat", "dog"):
        (folder / name).rename(photographs / name)
    for path in photographs.glob("*.png"):
        path.unlink()
    assert init.labelled(photographs, own=True).label == "folder"
    assert init.labelled(photographs, own=False).label == "none"
    assert written(folder, "--network", "tiny:Tiny")["dataset"] == {
        "kind": "folder",
        "path": "photographs",
        "label": "folder",
    }


def test_folders_of_synsets(tmp_path, monkeypatch):
    for number in range(3):
        make_images(tmp_path / f"n0000000{number}", [number])
    found = init.labelled(tmp_path, own=True)
    assert (found.kind, found.label) == ("folder", "none")
    monkeypatch.setattr(init, "_CLASSES", 3)
    assert init.labelled(tmp_path, own=True)[:2] == ("imagenet", None)
