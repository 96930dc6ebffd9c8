"""Files of data that are read while a network is built."""

import json

import numpy as np
import torch
from tiny import Tiny

from cambench.networks.watch import files_read


def test_files_of_data_are_noted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(Tiny().state_dict(), "own.pth")
    np.save("mean.npy", np.zeros(3))
    (tmp_path / "classes.json").write_text("[]")
    with files_read() as found:
        torch.load("own.pth")
        np.load("mean.npy")
        json.loads((tmp_path / "classes.json").read_text())
    assert found == [str(tmp_path / name) for name in ("classes.json", "mean.npy", "own.pth")]


def test_code_and_files_that_are_written_or_gone_are_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_module_that_is_read.py").write_text("x = 1\n")
    (tmp_path / "gone").write_text("")
    (tmp_path / "before").write_text("")
    (tmp_path / "before").read_text()
    with files_read() as found:
        import my_module_that_is_read  # noqa: F401

        (tmp_path / "cache").write_text("")
        (tmp_path / "cache").read_text()
        (tmp_path / "gone").read_text()
        (tmp_path / "gone").unlink()
        open("/proc/self/status").close()
    (tmp_path / "before").read_text()
    assert found == []


def test_a_module_of_the_users_may_read_while_it_is_imported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "weights.bin").write_text("")
    (tmp_path / "my_module_that_reads.py").write_text(f"open({str(tmp_path / 'weights.bin')!r}).close()\n")
    with files_read() as found:
        import my_module_that_reads  # noqa: F401
    assert found == [str(tmp_path / "weights.bin")]
