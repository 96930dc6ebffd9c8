"""What bfloat16 does to every metric of the demo, and how much faster it is; writes reference/bfloat16.csv.

python tests/benchmarks/precision.py
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from cases import photographs
from worker import Worker

from cambench.definitions import COLUMNS

ROOT = Path(__file__).resolve().parents[2]


def demo(folder: Path, precision: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Means, and metrics of each image, of the demo with float32's target classes or its own."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(folder)]
    settings = ["--cores", "2", "--quiet", "--config", f"run={precision}", f"compute={{precision: {precision}}}"]
    subprocess.run([*command, *settings], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = folder / "results" / precision
    return pl.read_parquet(results / "tables/summary.parquet"), pl.read_parquet(results / "metrics.parquet")


def effect(folder: Path) -> pl.DataFrame:
    """In points of percent, by metric: the largest shift of a method's mean, and of one image's value."""
    (means, images), (low_means, low_images) = demo(folder, "float32"), demo(folder, "bfloat16")
    rows = []
    for name in COLUMNS:
        if name in means.columns:
            shift = (means[name] - low_means[name]).abs().max()
            rows.append(
                {"metric": name, "mean": 100 * shift, "image": 100 * (images[name] - low_images[name]).abs().max()}
            )
    return pl.DataFrame(rows)


def speed(network: str) -> float:
    """How many times as fast as float32, forward passes alone, both cores."""
    pixels = photographs(8, 224)
    workers = [Worker("bare", True, "maps", network, pixels, precision=p) for p in ("float32", "bfloat16")]
    for worker in workers:
        worker.ask("bare")
    times = [[worker.ask("run") for worker in workers] for _ in range(6)][1:]
    for worker in workers:
        worker.close()
    low, high = (statistics.median(column) for column in zip(*times, strict=True))
    return low / high


def main() -> None:
    for network in ("resnet50", "vgg16"):
        print(f"bfloat16: {network}: {speed(network):.2f} x float32", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        table = effect(Path(folder))
    print(table)
    (ROOT / "reference/bfloat16.csv").write_text(table.write_csv(float_precision=3))


if __name__ == "__main__":
    main()
