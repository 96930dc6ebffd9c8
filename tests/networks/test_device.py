"""The machine under a job: what is not there is refused, and jobs of one machine take different GPUs."""

import subprocess
import sys

import pytest
import torch
from conftest import ROOT

from cambench.errors import InputError
from cambench.networks import device


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


def test_jobs_on_a_machine_of_several_gpus_take_different_ones(tmp_path):
    code = "import sys, pathlib; from cambench.networks.device import free_gpu; "
    code += "print(free_gpu(2, pathlib.Path(sys.argv[1])), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT / "workflow"}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        found = {int(first.stdout.readline()), int(second.stdout.readline())}
        assert device.free_gpu(2, tmp_path) in (0, 1)  # any, where all are claimed
        first.stdin.close()
        second.stdin.close()
    assert found == {0, 1}
