"""What bfloat16 does to every metric of the demo, and how much faster it is.

    python tests/benchmarks/precision.py

Writes reference/bfloat16.csv of the package.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import polars as pl
from subject import ROOT, photographs
from worker import Worker

from cambench.results.columns import COLUMNS

REFERENCE = ROOT / "workflow/cambench/reference/bfloat16.csv"


class Demo(NamedTuple):
    """The demo's means, and its table of images."""

    means: pl.DataFrame
    images: pl.DataFrame


def demo(folder: Path, precision: str) -> Demo:
    """Run the demo in a folder."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(folder)]
    settings = ["--cores", "2", "--quiet", "--config", f"run={precision}", f"compute={{precision: {precision}}}"]
    subprocess.run([*command, *settings], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = folder / "results" / precision
    return Demo(pl.read_parquet(results / "tables/summary.parquet"), pl.read_parquet(results / "metrics.parquet"))


def effect(full: Demo, low: Demo) -> pl.DataFrame:
    """By metric, in percentage points: the largest shift of a method's mean, and of one image's value."""
    names = [name for name in COLUMNS if name in full.means.columns]
    shifts = {
        part: [100 * (a[name] - b[name]).abs().max() for name in names]
        for part, a, b in (("mean", full.means, low.means), ("image", full.images, low.images))
    }
    return pl.DataFrame({"metric": names, **shifts})


def speed(network: str) -> float:
    """How many times as fast as float32, forward passes alone, both cores."""
    pixels = photographs(8, 224)
    workers = [Worker("bare", True, "maps", network, pixels, precision) for precision in ("float32", "bfloat16")]
    for worker in workers:
        worker.ask("bare")
    times = [[worker.ask("run") for worker in workers] for _ in range(6)][1:]  # the first warms up
    for worker in workers:
        worker.close()
    full, low = (statistics.median(column) for column in zip(*times, strict=True))
    return full / low


def main() -> None:
    for network in ("resnet50", "vgg16"):
        print(f"bfloat16: {network}: {speed(network):.2f} x float32", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        table = effect(demo(Path(folder), "float32"), demo(Path(folder), "bfloat16"))
    print(table)
    REFERENCE.write_text(table.write_csv(float_precision=3))


if __name__ == "__main__":
    main()
