"""The workflow on the GPU: the demo's network and photographs, one job at a time and two, beside the CPU's numbers."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import sheet
import yaml
from scene import ROOT, Sizes
from together import Busy

_KEPT = ("gradcam", "reciprocam", "scorecam")
_LIMIT = 1e-3
_JOBS = ("predictions", "saliency", "masked", "curves")  # of stages that run the network


def run(folder, sizes: Sizes) -> bool:
    """Two jobs on the GPU at once."""
    return _run(folder, sizes, 2)


def run_one_by_one(folder, sizes: Sizes) -> bool:
    """One job at a time."""
    return _run(folder, sizes, 1)


def _run(folder, sizes: Sizes, gpus: int) -> bool:
    """Whether a run and its verification end well, and its numbers are the CPU's; the seconds that it took."""
    place, began = folder / f"run-{gpus}", time.perf_counter()
    place.mkdir(parents=True, exist_ok=True)
    with Busy() as busy:
        ended = _snakemake(place, gpus, sizes, "all")
    seconds = time.perf_counter() - began
    checked = _snakemake(place, gpus, sizes, "verify")
    moved = _moved(place)
    said = "" if ended.returncode == 0 else " ".join((ended.stdout + ended.stderr).split())[-600:]
    said += "" if checked.returncode == 0 else " ".join((checked.stdout + checked.stderr).split())[-300:]
    print(checked.stdout[-500:], flush=True)
    sheet.Sheet(folder, "workflow").add(
        gpu=gpus, seconds=seconds, exit=ended.returncode, verify=checked.returncode, busy=busy.mean(), **_times(place),
        **moved, said=said,
    )  # fmt: skip
    return ended.returncode == 0 and checked.returncode == 0 and moved["moved"] <= _LIMIT


def _snakemake(place: Path, gpus: int, sizes: Sizes, target: str) -> subprocess.CompletedProcess:
    kept = _KEPT[: 1 if sizes.tiny else None]
    text = (ROOT / "config/config.yaml").read_text(encoding="utf-8")
    others = ", ".join(f"{name}: null" for name in yaml.safe_load(text)["methods"] if name not in kept)
    config = ["run=gpu", f"methods={{{others}}}", "shards={passes: 1000000}"]
    config += [] if sizes.tiny else ["compute={batch: 128}"]
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(place), target]
    command += ["--cores", str(min(8, os.cpu_count() or 1)), "--resources", f"gpu={gpus}", "--quiet", "rules"]
    command += ["--scheduler", "greedy", "--config", *config]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def _times(place: Path) -> dict[str, float]:
    """Jobs that run the network, and their mean seconds."""
    found = []
    for stage in _JOBS:
        for path in (place / "results/gpu/benchmarks").glob(f"{stage}/**/*.tsv"):
            with path.open(encoding="utf-8", newline="") as file:
                found += [float(row["s"]) for row in csv.DictReader(file, delimiter="\t")]
    return {"jobs": len(found), "mean_seconds": float(np.mean(found)) if found else float("nan")}


def _moved(place: Path) -> dict[str, object]:
    """The largest difference of an image's metric from the CPU's, and which; Average Increase is counted apart."""
    import polars as pl

    path = place / "results/gpu/metrics.parquet"
    if not path.exists():
        return {"moved": float("inf"), "metric": "", "increase_flips": 0}
    golden = pl.read_csv(ROOT / "tests/golden/demo.csv", comment_prefix="#")
    both = pl.read_parquet(path).join(golden, on=["method", "image"], suffix="_cpu")
    names = [name for name in golden.columns if f"{name}_cpu" in both.columns and name not in ("target",)]
    away = {name: float((both[name] - both[f"{name}_cpu"]).abs().max()) for name in names}
    flips = int((both["average_increase"] - both["average_increase_cpu"]).abs().sum())
    worst = max((name for name in away if name != "average_increase"), key=lambda name: away[name])
    return {"moved": away[worst], "metric": worst, "increase_flips": flips}
