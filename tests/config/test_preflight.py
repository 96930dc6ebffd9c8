"""What only the networks know ends in one line per error, before any work."""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from conftest import ROOT
from tiny import Tiny

from cambench import methods
from cambench.config import preflight
from cambench.config.read import resolve
from cambench.images import sources


def problems(config):
    """Of a configuration that is good as far as can be said without its networks."""
    full, errors = resolve(config, [])
    assert errors == []
    return preflight.answer(full["networks"], full["methods"], sources.largest_label(full["dataset"]))["problems"]


def test_a_good_configuration(good):
    assert problems(good) == []


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "networks.tiny.layer",
            "layer4",
            "config: networks.tiny: no layer 'layer4'; the last that fit are norm, relu",
        ),
        ("networks.tiny.classes", 10, "config: networks.tiny: the network has 5 classes, the config says 10"),
        (
            "networks.tiny.arguments",
            {"classes": 1},
            "config: networks.tiny: it returns a tensor (2, 1), not logits (n, classes) of two or more classes",
        ),
    ],
)
def test_what_only_the_network_knows(changed, path, value, line):
    assert problems(changed(path, value)) == [line]


def test_as_many_names_as_classes(good):
    full = resolve(good, [])[0]
    line = "config: networks.tiny: classes_file: 3 names, but the network has 5 classes"
    for names, lines in ((5, []), (3, [line])):
        networks = {name: {**block, "names": names} for name, block in full["networks"].items()}
        assert preflight.answer(networks, full["methods"], 4)["problems"] == lines


def test_a_method_that_a_network_cannot_do(changed):
    bad = changed("methods.cam", {"cam": "cam"})
    bad["networks"]["tiny"]["layer"] = "norm"
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert problems(bad) == [f"config: methods.cam: cannot explain tiny: {reason}"]


def test_an_own_method_that_cannot_be_imported(good, tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    monkeypatch.setattr(methods, "__path__", [str(tmp_path)])
    (tmp_path / "broken_on_import.py").write_text("import not_there\n\n\ndef cam(batch):\n    return batch\n")
    line = f"{tmp_path}/broken_on_import.py: cannot be imported: ModuleNotFoundError: No module named 'not_there'"
    asked = resolve(good, [], look=False)[0]["networks"], {"x": {"cam": "broken_on_import"}}, -1
    assert preflight.answer(*asked)["problems"] == [f"config: methods.x: cannot explain tiny: {line}"]


def test_files_that_a_factory_opens_are_told(good, tmp_path):
    torch.save(Tiny().state_dict(), tmp_path / "own.pth")
    block = {"factory": "nets:loads", "arguments": {"path": str(tmp_path / "own.pth")}}
    good["networks"]["tiny"] |= block
    full = resolve(good, [], look=False)[0]
    found = preflight.answer(full["networks"], full["methods"], 4)
    assert (found["problems"], found["trials"]["tiny"]["opened"]) == ([], [str(tmp_path / "own.pth")])


@pytest.fixture
def alone(good, tmp_path):
    """Preflight in a process of its own, as planning starts it."""

    def run(networks, largest_label=4):
        full = resolve({**good, "networks": networks}, [], look=False)[0]
        request = {"networks": full["networks"], "methods": full["methods"], "largest_label": largest_label}
        (tmp_path / "request").write_text(json.dumps(request))
        places = os.pathsep.join(str(ROOT / name) for name in ("workflow", "tests"))
        done = subprocess.run(
            [sys.executable, "-m", "cambench.config.preflight", str(tmp_path / "request"), str(tmp_path / "answer")],
            env={**os.environ, "PYTHONPATH": places},
            capture_output=True,
            text=True,
        )
        return done, json.loads((tmp_path / "answer").read_text())

    return run


@pytest.mark.parametrize(("largest_label", "lines"), [(4, []), (5, ["label 5 does not fit tiny: 5 classes"])])
def test_in_a_process_of_its_own(good, alone, largest_label, lines):
    done, answer = alone(good["networks"], largest_label)
    assert (done.stderr, done.stdout, done.returncode) == ("", "", 0)
    assert answer["problems"] == [f"config: dataset: {line}" for line in lines]
    assert answer["trials"]["tiny"]["facts"]["random"]


def test_each_network_is_tried_whatever_the_others_do(good, alone):
    """What one prints is no error of its, one that ends its process is no success, and the others are still tried."""
    tiny = good["networks"]["tiny"]
    networks = {
        "talks": {**tiny, "factory": "nets:talks"},
        "ends": {**tiny, "factory": "nets:ends"},
        "dies": {**tiny, "factory": "os:_exit", "arguments": {"status": 0}},
        "aborts": {**tiny, "factory": "os:abort"},
        "tuple": {**tiny, "factory": "nets:Wrapping", "arguments": {"kind": "none"}},
        "layer": {**tiny, "layer": "layer4"},
    }
    done, answer = alone(networks)
    assert answer["problems"] == [
        "config: networks.ends: cannot be built: it exits with 0",
        "config: networks.dies: building or running it ended the process, with status 0",
        f"config: networks.aborts: building or running it ended the process, with status {-signal.SIGABRT}",
        "config: networks.tuple: it returns a NoneType, not logits (n, classes) of two or more classes",
        "config: networks.layer: no layer 'layer4'; the last that fit are norm, relu",
    ]
    assert done.returncode == 0


def test_an_answer_that_cannot_be_told_is_one_line(monkeypatch):
    """The child neither goes on with the test in the parent's place, nor removes its file."""
    monkeypatch.setattr(preflight, "trial", lambda name, settings: {"facts": {1, 2}})
    process = os.getpid()
    tried = preflight.isolated("net", {})
    assert os.getpid() == process
    assert tried == {
        "facts": None,
        "opened": [],
        "problem": "networks.net: cannot be tried: TypeError: Object of type set is not JSON serializable",
    }


def test_an_answer_that_cannot_be_written_is_none(monkeypatch):
    process = os.getpid()
    monkeypatch.setattr(preflight, "_told", lambda name, settings: "\ud800")  # no UTF-8 has it
    tried = preflight.isolated("net", {})
    assert os.getpid() == process
    assert tried["problem"] == "networks.net: building or running it ended the process, with status 1"
