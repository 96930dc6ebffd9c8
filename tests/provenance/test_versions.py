"""Versions of what computes."""

from importlib import metadata

import torch

from cambench import __version__
from cambench.provenance import versions


def test_versions_are_those_that_run():
    found = versions.versions()
    assert found["cambench"] == __version__
    assert torch.__version__.startswith(found["torch"].partition("+")[0])
    assert all(found[name] == metadata.version(name) for name in found if name != "cambench")


def test_what_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(versions, "_RECORDED", ("numpy", "no-such-package"))
    assert list(versions.versions()) == ["cambench", "numpy"]
