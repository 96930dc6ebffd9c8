"""The machine under a job: what is not there is refused, and jobs of one machine take different GPUs."""

import os
import subprocess
import sys

import pytest
import torch
from conftest import ROOT

from cambench.errors import InputError
from cambench.networks import device


def test_each_user_claims_gpus_alone(tmp_path, monkeypatch):
    """Files of others in the same folder are in nobody's way, and one that cannot be opened is as good as claimed."""
    monkeypatch.setattr(device, "_CLAIMS", {})
    others, own = tmp_path / "cambench-gpu-0", tmp_path / f"cambench-{os.getuid()}-gpu-0"
    others.mkdir()
    own.mkdir()
    assert device.free_gpu(2, tmp_path) == 1
    own.rmdir()
    device._CLAIMS.pop(1).close()
    own.write_text("kept")
    assert device.free_gpu(2, tmp_path) == 0
    device._CLAIMS.pop(0).close()
    assert own.read_text() == "kept"  # it could be a link to something else


@pytest.mark.parametrize(
    ("name", "precision", "message"),
    [
        ("cuda:9", "float32", "compute: device 'cuda:9' is not there: "),
        ("abacus", "float32", "compute: device 'abacus' is not there: "),
        ("cpu", "tf32", "compute: precision tf32 is not there on cpu: "),
    ],
)
def test_one_line_for_a_machine_that_has_not_what_is_asked(name, precision, message):
    with pytest.raises(InputError) as raised:
        device.start(name, precision)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_bfloat16_needs_a_machine_that_has_it(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    with pytest.raises(InputError, match="compute: precision bfloat16 is not there on cpu"):
        device.start("cpu", "bfloat16")


def test_jobs_on_a_machine_of_several_gpus_take_different_ones(tmp_path, monkeypatch):
    code = "import sys, pathlib; from cambench.networks.device import free_gpu; "
    code += "print(free_gpu(2, pathlib.Path(sys.argv[1])), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT / "workflow"}
    claims = [{}, {}, {}]  # of this process, as if it were three
    with subprocess.Popen(command, **pipes) as first:
        found = [int(first.stdout.readline())]
        for claimed in claims[:2]:
            monkeypatch.setattr(device, "_CLAIMS", claimed)
            found.append(device.free_gpu(2, tmp_path))
        first.stdin.close()
    assert found[:2] == [0, 1]
    assert found[2] in (0, 1)  # any, where all are claimed
    monkeypatch.setattr(device, "_CLAIMS", claims[2])
    assert device.free_gpu(2, tmp_path) == 0  # its process has ended
    assert device.free_gpu(2, tmp_path) == 0  # claimed by this one already
    for file in (file for claimed in claims for file in claimed.values()):
        file.close()


@pytest.mark.parametrize(
    ("name", "precision", "channels_last", "folded"),
    [
        ("cpu", "float32", True, True),
        ("cpu", "bfloat16", True, True),
        ("cuda", "float32", False, False),
        ("cuda", "tf32", True, False),
        ("cuda", "bfloat16", True, False),
        ("mps", "float32", True, True),
    ],
)
def test_a_network_is_arranged_as_its_device_is_fastest(name, precision, channels_last, folded):
    assert device.arranged(torch.device(name), precision) == (channels_last, folded)
