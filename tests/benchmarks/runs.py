"""Runs of the workflow on made-up images, for benchmarks."""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow"))
_DIFFERENT = 16  # pictures; the files after them repeat their bytes


class Used(NamedTuple):
    """Seconds, and peak memory (MB): that of planning if no jobs are run, which are in the peak otherwise."""

    seconds: float
    memory: float


@contextmanager
def project(images: int, size: tuple[int, int] = (320, 240)) -> Iterator[Path]:
    """A temporary folder for runs, with made-up images in it."""
    with tempfile.TemporaryDirectory() as name:
        _write_images(Path(name, "photos"), images, size)
        yield Path(name)


def write_config(folder: Path, networks: Iterable[str], methods: dict[str, str], **more: object) -> None:
    """Write run.yaml; `methods` gives the `cam` of each label."""
    config = {
        "run": "scale",
        "dataset": {"kind": "folder", "path": "photos"},
        "networks": {name: {"name": name} for name in networks},
        "methods": {label: {"cam": cam} for label, cam in methods.items()},
    }
    (folder / "run.yaml").write_text(yaml.safe_dump({**config, **more}))


def snakemake(folder: Path, *arguments: str) -> Used:
    """Run Snakemake with run.yaml. **Raises:** `CalledProcessError` if it fails."""
    command = [sys.executable, Path(__file__).with_name("peak_memory.py"), sys.executable, "-m", "snakemake"]
    command += ["-s", ROOT / "Snakefile", "--directory", folder, "--configfile", folder / "run.yaml", *arguments]
    start = time.perf_counter()
    memory = float(subprocess.check_output(command, text=True))
    return Used(time.perf_counter() - start, memory)


def benchmark(file: Path, column: str = "max_rss") -> float | None:
    """What Snakemake measured of a job, by default its peak memory (MB); None if the job was too short to be seen."""
    value = pl.read_csv(file, separator="\t", null_values=["-", "NA"])[column][0]
    return None if value is None else float(value)


def _write_images(folder: Path, count: int, size: tuple[int, int]) -> None:
    """JPEG files; each has a comment of its own, so that no two are the same."""
    folder.mkdir()
    pictures = [_picture(seed, size) for seed in range(min(_DIFFERENT, count))]
    for number in range(count):
        data, text = pictures[number % len(pictures)], f"{number}".encode()
        comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
        (folder / f"{number:06d}.jpg").write_bytes(data[:2] + comment + data[2:])


def _picture(seed: int, size: tuple[int, int]) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()
