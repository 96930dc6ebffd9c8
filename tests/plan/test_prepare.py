"""What is found wrong at planning time ends in one line per error."""

import hashlib

import pytest
import torch
from conftest import small
from tiny import Tiny

from cambench.plan import prepare, settings
from cambench.plan.prepare import _weights


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A file of weights in the working folder, and its SHA-256."""
    monkeypatch.chdir(tmp_path)
    torch.save(Tiny().state_dict(), "good.pth")
    with open("good.pth", "rb") as file:
        return "./good.pth", hashlib.file_digest(file, "sha256").hexdigest()


def test_weights_have_the_digest_that_the_configuration_says(weights):
    path, digest = weights
    assert settings.weights_digest(small(weights=path)) == digest
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
