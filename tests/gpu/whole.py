"""The workflow on the GPU: the demo's network and photographs, one job at a time and several."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import sheet
import yaml
from scene import LITE, ROOT, Sizes

_KEPT = ("gradcam", "reciprocam", "scorecam")


def run(folder, sizes: Sizes) -> bool:
    """Several jobs on the GPU at once."""
    return _run(folder, sizes, 3)


def run_one_by_one(folder, sizes: Sizes) -> bool:
    """One job at a time; the table is the same, to rounding."""
    return _run(folder, sizes, 1)


def _run(folder, sizes: Sizes, gpus: int) -> bool:
    """Whether a run ends well; and the seconds that it took."""
    place = folder / f"run-{gpus}"
    began = time.perf_counter()
    ended = _snakemake(place, gpus, sizes)
    seconds = time.perf_counter() - began
    said = "" if ended.returncode == 0 else " ".join((ended.stdout + ended.stderr).split())[-600:]
    row = {"gpu": gpus, "seconds": seconds, "exit": ended.returncode, "said": said, "device": _device(place)}
    sheet.Sheet(folder, "workflow").add(**row, adcc=_adcc(place))
    return ended.returncode == 0


def _snakemake(place: Path, gpus: int, sizes: Sizes) -> subprocess.CompletedProcess:
    place.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "config/config.yaml").read_text(encoding="utf-8")
    left_out = ", ".join(
        f"{name}: null" for name in yaml.safe_load(text)["methods"] if name not in _KEPT[: 1 if sizes.tiny else None]
    )
    config = ["run=gpu", f"methods={{{left_out}}}", "dataset={glob: 'imagenet_00_*.jpg'}"] if sizes.tiny else [
        "run=gpu", f"methods={{{left_out}}}"
    ]  # fmt: skip
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory", str(place)]
    command += ["--cores", str(min(8, os.cpu_count() or 1)), "--resources", f"gpu={gpus}", "--quiet", "rules"]
    command += ["--scheduler", "greedy", "--config", *config]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def _adcc(place: Path) -> str:
    """The ADCC of each method, as the table has it."""
    path = place / "results/gpu/tables/summary.csv"
    if not path.exists():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        return ", ".join(f"{row['method']} {float(row['adcc']):.5f}" for row in csv.DictReader(file))


def _device(place: Path) -> str:
    path = place / "results/gpu/machine.json"
    if path.exists():
        return path.read_text(encoding="utf-8").replace("\n", " ")[:200]
    found = place / f"results/gpu/networks/{LITE}.json"
    return "network described" if found.exists() else ""
