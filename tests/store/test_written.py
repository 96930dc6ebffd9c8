"""Jobs end their logs with the digests of what they wrote."""

import hashlib
import shutil
import subprocess

import pytest

from cambench.store import written


@pytest.fixture
def log(tmp_path):
    """The log of a job that wrote two files; a third lies elsewhere, a fourth was not made."""
    results = tmp_path / "results"
    for name, text in (("results/tables/a.csv", "one"), ("results/b", "two"), ("elsewhere", "three")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    paths = [str(results / "tables/a.csv"), str(results / "b"), str(tmp_path / "elsewhere"), str(results / "none")]
    found = results / "logs" / "tables" / "a.log"
    found.parent.mkdir(parents=True)
    found.write_text("tables:  50%|###\rtables: 100%|######\n" + written.lines(results, paths))
    return found


EXPECTED = {name: hashlib.sha256(text).hexdigest() for name, text in (("tables/a.csv", b"one"), ("b", b"two"))}


def test_what_a_job_says_is_read(log):
    assert written.read(log) == EXPECTED
    assert written.every(log.parents[2]) == EXPECTED
    assert written.every(log.parents[2], "tables") == EXPECTED
    assert written.every(log.parents[2], "figures") == {}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="compares with sha256sum")
def test_sha256sum_understands_it(log):
    command, folder = ["sha256sum", "--check", log], log.parents[2]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    (folder / "b").write_text("other")
    assert b"b: FAILED" in subprocess.run(command, cwd=folder, capture_output=True).stdout


def test_a_damaged_log_says_nothing(log):
    """Of its lines about files; the progress before them may be anything."""
    data = log.read_bytes()
    start = data.index(EXPECTED["tables/a.csv"].encode())
    for bit in range(8 * start, 8 * len(data.rstrip()), 5):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        log.write_bytes(flipped)
        assert written.read(log) == {}
    log.write_bytes(data[:-20])
    assert written.read(log) == {}
    log.write_bytes(b"")
    assert written.read(log) == {}
    log.unlink()
    assert written.read(log) == {}


def test_a_job_that_writes_nothing_says_nothing(tmp_path):
    assert written.lines(tmp_path, []) == ""
