"""Runs of the workflow on made-up images, for benchmarks."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow"))
_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def folder_of_images(folder: Path, count: int, size: tuple[int, int]) -> None:
    """JPEG files; all after the first sixteen have the bytes of one of those and a comment of their own."""
    folder.mkdir()
    first = []
    for number in range(min(16, count)):
        noise = np.random.default_rng(number).integers(0, 255, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(folder / "one.jpg", quality=90)
        first.append((folder / "one.jpg").read_bytes())
    (folder / "one.jpg").unlink()
    for number in range(count):
        data, note = first[number % len(first)], f"{number}".encode()
        comment = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
        (folder / f"{number:06d}.jpg").write_bytes(data[:2] + comment + data[2:])


def write_config(folder: Path, networks: tuple[str, ...], methods: dict, **more: object) -> None:
    models = {name: {"name": name} for name in networks}
    config = {"run": "scale", "dataset": {"kind": "folder", "path": "photos"}, "models": models, "methods": methods}
    (folder / "run.yaml").write_text(yaml.safe_dump({**config, **more}))


def snakemake(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds, and peak memory (MB) of the process that plans; its jobs' is in their benchmarks."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(folder)]
    start = time.perf_counter()
    with subprocess.Popen([*command, "--configfile", str(folder / "run.yaml"), *arguments], **_QUIET) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (folder, arguments)
    return time.perf_counter() - start, usage.ru_maxrss / 1000
