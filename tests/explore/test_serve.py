"""The command: where it listens, and what it says of runs that it cannot show."""

import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from cambench.command._main import main
from cambench.errors import InputError
from cambench.explore.serve import listening


def test_it_listens_on_this_machine_alone():
    with listening(0) as at:
        assert at.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match=r"--port: \d+ cannot be had: Address already in use"):
            listening(other.getsockname()[1])
    with pytest.raises(InputError, match="--port: 70000 is no port"):
        listening(70000)


def refused(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["explore", *words, "--no-browser"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_folders_that_hold_no_finished_run(capsys, tmp_path):
    assert "no such folder" in refused(capsys, str(tmp_path / "nope"))
    assert "no finished run" in refused(capsys, str(tmp_path))


@pytest.mark.parametrize("file", ["report/index.html", "metrics.parquet", "manifest.parquet", "provenance.json"])
def test_damaged_runs(capsys, made, file):
    path = made / file
    data = path.read_bytes()
    try:
        path.write_bytes(data[:-5] + b"12345")
        assert file in refused(capsys, str(made))
    finally:
        path.write_bytes(data)


def test_the_server_ends_when_it_is_interrupted(made):
    command = [sys.executable, "-m", "cambench", "explore", str(made), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address, _, rest = process.stdout.readline().partition(" ")
        assert rest == "(Ctrl-C ends it)\n"
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b'id="data"' in answer.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")
