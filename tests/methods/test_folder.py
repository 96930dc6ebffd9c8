"""Methods in the user's own folder: found, read, digested, and held against the contract."""

# ruff: noqa: E501 (tables of expected lines)

import sys

import pytest
import torch
from projects import make_images
from torch import nn

from cambench import methods
from cambench.config.read import resolve
from cambench.errors import InputError
from cambench.methods.contract import check, problems
from cambench.plan import tried
from cambench.plan.prepare import _passed, _request
from cambench.provenance import digests

MINE = '''"""Mine: activations to a power."""

from typing import Annotated

from cambench.methods.contract import Batch, Range

RELU = False
VERSION = 3


def cam(batch: Batch, *, power: Annotated[int, Range(1)] = 1):
    {body}
'''
GOOD = "return batch.activations().mean(1) ** power"


@pytest.fixture
def good(tmp_path):
    """A configuration with which nothing is wrong."""
    make_images(tmp_path / "photos", range(2))
    networks = {"tiny": {"factory": "tiny:Tiny", "preprocessing": {"resize": 32, "crop": 32}}}
    return {"run": "test", "dataset": {"kind": "folder", "path": "photos"}, "networks": networks, "methods": {}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a folder of methods."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_methods").mkdir()
    methods.facts.cache_clear()
    yield tmp_path / "my_methods"
    methods.facts.cache_clear()


def write(folder, body=GOOD, name="mine"):
    (folder / f"{name}.py").write_text(MINE.format(body=body))
    return f"my_methods/{name}.py"


def test_a_file_in_the_users_folder_is_a_method(folder, good):
    cam = write(folder)
    facts = methods.facts(cam)
    assert (facts.relu, facts.version, facts.looks, list(facts.settings)) == (False, 3, True, ["power"])
    assert methods.load(cam).__name__ == "cam"
    assert methods.refusal(cam, {}) is None
    good["methods"]["mine"] = {"cam": cam, "settings": {"power": 2}}
    assert resolve(good, [])[1] == []
    check(cam, {"power": 2})
    assert "mine" not in methods.names()


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"cam": "my_methods/gone.py"}, "my_methods/gone.py: no such file or folder"),
        ({"cam": "my_methods:cam"}, "my_methods:cam: write the path of a Python file, such as my_folder/mine.py"),
        ({"cam": "my_methods/empty.py"}, "my_methods/empty.py: has no function cam(batch, *, settings)"),
        (
            {"cam": "my_methods/mine.py", "settings": {"power": 0}},
            "my_methods/mine.py: power must be at least 1, not 0",
        ),
        ({"cam": "mine"}, "no method 'mine'"),
    ],
)
def test_one_line_per_error(folder, good, block, line):
    write(folder)
    (folder / "empty.py").write_text("")
    good["methods"]["mine"] = block
    assert [error.partition(";")[0] for error in resolve(good, [])[1]] == [f"config: methods.mine: {line}"]


def test_its_code_and_what_it_imports_count(folder, tmp_path):
    """But for comments and docstrings; and what it takes of this package, too."""
    (tmp_path / "own_power.py").write_text("POWER = 2\n")
    file = folder / "mine.py"
    write(folder, "from own_power import POWER\n    return batch.activations().mean(1) ** POWER")
    text, before = file.read_text(), digests.code_digest(None, file)
    assert {"cambench.methods.contract", "cambench.networks.batch"} <= digests.imports(None, file)
    changed = set()
    for new in (text.replace("Mine:", "Yours:"), text + "# a comment\n", text.replace("mean(1)", "sum(1)"), text):
        file.write_text(new)
        digests._parse.cache_clear()
        changed.add(digests.code_digest(None, file))
    assert len(changed) == 2
    assert before in changed
    (tmp_path / "own_power.py").write_text("POWER = 3\n")
    assert digests.code_digest(None, file) != before


def test_networks_are_tried_again_for_another_file(folder, good, monkeypatch):
    good["methods"]["mine"] = {"cam": write(folder)}
    full, _ = resolve(good, [])
    monkeypatch.setattr(tried, "files", lambda block: {})
    before = _passed(_request(full))
    write(folder, "return batch.activations().sum(1)")
    digests._parse.cache_clear()
    assert _passed(_request(full)) != before


VIOLATIONS = {
    "return batch.activations().mean((1, 2))": "cam must return float maps (n, h, w) of n images, not shape (6, 8) of 6",
    "return batch.activations()[:1].mean(1)": "cam must return float maps (n, h, w) of n images, not shape (1, 8, 8) of 6",
    "return 3": "cam must return float maps (n, h, w) of n images, not a int",
    "return (batch.activations() > 0).any(1)": "cam must return float maps (n, h, w) of n images, not torch.bool",
    "return batch.gone": "cam fails: AttributeError: 'Batch' object has no attribute 'gone'",
    "return batch.activations().mean(1).requires_grad_()": "cam must return float maps (n, h, w) of n images, not maps that carry a graph of gradients; return them detached",
}  # fmt: skip
PROBLEMS = {
    "return batch.images.mean(1)": "maps of 6 images have shape (6, 32, 32), not (6, 8, 8)",
    "maps = batch.activations().mean(1)\n    return maps, maps": "conditions of 6 images have shape (6, 8, 8), not (6,)",
    "return batch.activations().mean(1).log() * 0 / 0": "maps or conditions are not finite",
    "import torch\n    return torch.rand(len(batch), *batch.map_shape)": "the same images have other maps when they are explained again: take random numbers from batch.random",
    "A = batch.activations()\n    return (A - A.mean(0)).mean(1)": "an image has another map in another batch: it may depend on nothing but itself",
    "A = batch.activations()\n    return A.mean(1) + A.mean() * 0": "an image that is not finite changes the maps of those beside it",
    "A = batch.activations().mean(1)\n    return A, A.sum((1, 2))": "the condition of an image that is not finite is not finite",
    "batch.probe.network.register_forward_hook(lambda *_: None)\n    return batch.activations().mean(1)": "hooks or another forward function are left on the network",
    "A = batch.activations().mean(1)\n    next(batch.probe.network.parameters()).data.mul_(1.0001)\n    return A * 0": "the network's parameters have changed",
    "p = next(batch.probe.network.parameters())\n    p.grad = p * 0\n    return batch.activations().mean(1)": "gradients are left on the network's parameters",
}  # fmt: skip


@pytest.mark.parametrize("number", range(len(VIOLATIONS)))
def test_what_cannot_go_on_is_refused_in_one_line(folder, number):
    body, line = list(VIOLATIONS.items())[number]
    cam = write(folder, body, f"refused{number}")
    with pytest.raises(InputError) as refused:
        problems(cam)
    assert str(refused.value) == f"{cam}: {line}"


@pytest.mark.parametrize("number", range(len(PROBLEMS)))
def test_each_violation_of_the_contract_is_found(folder, number):
    body, line = list(PROBLEMS.items())[number]
    cam = write(folder, body, f"found{number}")
    assert problems(cam) == [f"{cam}: {line}"]
    with pytest.raises(AssertionError, match="my_methods/found"):
        check(cam)


@pytest.mark.parametrize("name", ["gradcam", "scorecam", "fakecam", "random", "xgradcam", "smoothgradcampp"])
def test_methods_of_this_package_keep_the_contract(name):
    check(name)


def test_a_network_of_the_users_own():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
        )
    check("gradcam", network=network.eval().requires_grad_(False), layer="1", size=24)
