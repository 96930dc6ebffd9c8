"""What only the networks know ends in one line per error, before any work."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT

from cambench import methods
from cambench.config import preflight
from cambench.config.read import resolve
from cambench.images import sources


def problems(config):
    """Of a configuration that is good as far as can be said without its networks."""
    full, errors = resolve(config, [])
    assert errors == []
    return list(preflight.problems(full["networks"], full["methods"], sources.largest_label(full["dataset"])))


def test_a_good_configuration(good):
    assert problems(good) == []


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "networks.tiny.layer",
            "layer4",
            "config: networks.tiny: no layer 'layer4'; the last layers with a spatial output are stem, norm, relu",
        ),
        ("networks.tiny.classes", 10, "config: networks.tiny: the network has 5 classes, the config says 10"),
        ("networks.tiny.arguments", {"classes": 1}, "config: dataset: label 1 does not fit tiny: 1 classes"),
    ],
)
def test_what_only_the_network_knows(changed, path, value, line):
    assert problems(changed(path, value)) == [line]


def test_a_method_that_a_network_cannot_do(changed):
    bad = changed("methods.cam", {"cam": "cam"})
    bad["networks"]["tiny"]["layer"] = "stem"
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert problems(bad) == [f"config: methods.cam: cannot explain tiny: {reason}"]


def test_an_own_method_that_cannot_be_imported(good, tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    monkeypatch.setattr(methods, "__path__", [str(tmp_path)])
    (tmp_path / "broken_on_import.py").write_text("import not_there\n\n\ndef cam(batch):\n    return batch\n")
    line = f"{tmp_path}/broken_on_import.py: cannot be imported: ModuleNotFoundError: No module named 'not_there'"
    asked = resolve(good, [], look=False)[0]["networks"], {"x": {"cam": "broken_on_import"}}, -1
    assert list(preflight.problems(*asked)) == [f"config: methods.x: cannot explain tiny: {line}"]


@pytest.mark.parametrize(("largest_label", "lines"), [(4, []), (5, ["label 5 does not fit tiny: 5 classes"])])
def test_in_a_process_of_its_own(good, largest_label, lines):
    full = resolve(good, [], look=False)[0]
    request = {"networks": full["networks"], "methods": full["methods"], "largest_label": largest_label}
    places = os.pathsep.join(str(ROOT / name) for name in ("workflow", "tests"))
    run = subprocess.run(
        [sys.executable, "-m", "cambench.config.preflight"],
        input=json.dumps(request),
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
    )
    assert run.stderr == ""
    assert run.stdout.splitlines() == [f"config: dataset: {line}" for line in lines]
    assert run.returncode == len(lines)
