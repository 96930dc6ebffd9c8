"""A small run, as many make it: 400 photographs, ResNet-18, four methods of one pass, no curves, on two cores.

    python tests/benchmarks/small_run.py [--images 400] [--share 0 0.5] [--repeats 1] [--no-textbook]

Prints seconds and CPU seconds of the workflow for each `compute.share_activations`, and of the loop that textbooks
have, with torch-cam's extractors. Each run is a fresh one; one before them, of a few images, warms the caches of the
disk. The photographs are random crops of foolbox's twenty; the network's weights are random.
"""

import argparse
import hashlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from cases import SIDES
from PIL import Image
from runs import ROOT, write_config
from subject import Subject, demo

from cambench.images import decode, sources
from cambench.networks.batches import gathered

NETWORK = "resnet18"
METHODS = ("gradcam", "gradcampp", "hirescam", "layercam")
# torch-cam has no HiResCAM; its XGrad-CAM costs the same passes. Of these, all but Grad-CAM++ are defined as ours.
TEXTBOOK = ("gradcam", "gradcampp", "xgradcam", "layercam")
SAME = ("gradcam", "layercam")
CORES = 2


class Spent(NamedTuple):
    """Seconds of the clock, and of all processes on the cores."""

    seconds: float
    cpu: float


@contextmanager
def photographs(count: int) -> Iterator[Path]:
    """A folder with a folder `photos` of random crops, half to all of a photograph's sides, as JPEG files."""
    root = sources.root(demo()["dataset"])
    files = sorted(root.glob("imagenet_*.jpg"))
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        Path(name, "photos").mkdir()
        for number in range(count):
            with Image.open(files[number % len(files)]) as image:
                box = _box(image.size, random)
                file = Path(name, "photos", f"{number:04d}.jpg")
                image.convert("RGB").crop(box).save(file, quality=90)
        yield Path(name)


def _box(size: tuple[int, int], random: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a random crop."""
    sides = [int(side * random.uniform(0.5, 1)) for side in size]
    left, top = (int(random.integers(whole - side + 1)) for whole, side in zip(size, sides, strict=True))
    return left, top, left + sides[0], top + sides[1]


def workflow(folder: Path, share: float) -> Spent:
    """A run from nothing, but for what a first one leaves beside results: that the network was tried."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    write_config(
        folder,
        [NETWORK],
        {method: method for method in METHODS},
        curves={"enabled": False},
        compute={"device": "cpu", "share_activations": share},
    )
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "run.yaml", "--cores", str(CORES), "--quiet", "all"]
    return spent(lambda: subprocess.run(command, check=True, capture_output=True))


def textbook(folder: Path) -> tuple[Spent, np.ndarray]:
    """Decoding, and ADCC (methods, images) image by image."""
    torch.set_num_threads(CORES)
    found: list[np.ndarray] = []

    def loop() -> None:
        subject = Subject(NETWORK, pixels(folder), ours=False)
        found.append(SIDES["adcc", "torch-cam"](subject, "+".join(TEXTBOOK))())

    return spent(loop), found[0]


def pixels(folder: Path) -> np.ndarray:
    """The photographs as a network takes them, uint8 (n, 224, 224, 3)."""
    rows = [
        {"image": number, "path": file.name, "label": -1, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for number, file in enumerate(sorted((folder / "photos").iterdir()))
    ]
    cropping = decode.Cropping(resize=224, crop=224, interpolation="bilinear")
    return gathered(decode.decode(rows, folder / "photos", cropping))["pixels"]


def spent(function: Callable[[], object]) -> Spent:
    """What a function, and the processes that it starts, take."""
    before, start = cpu(), time.perf_counter()
    function()
    return Spent(time.perf_counter() - start, cpu() - before)


def cpu() -> float:
    """Seconds on the cores of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def difference(folder: Path, adcc: np.ndarray) -> float:
    """Largest difference of ADCC from the textbook's, of methods that both define alike."""
    table = pl.read_parquet(folder / "results/scale/metrics.parquet").sort("image")
    ours = [table.filter(method=method)["adcc"].to_numpy() for method in SAME]
    return float(np.abs(ours - adcc[[TEXTBOOK.index(method) for method in SAME]]).max())


def stages(folder: Path) -> dict[str, float]:
    """Seconds of the jobs of each stage, added up."""
    found: dict[str, float] = {}
    for file in sorted((folder / "results/scale/benchmarks").rglob("*.tsv")):
        stage = file.relative_to(folder / "results/scale/benchmarks").parts[0].removesuffix(".tsv")
        seconds = pl.read_csv(file, separator="\t", null_values=["-", "NA"])["s"][0]
        found[stage] = found.get(stage, 0) + float(seconds)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--share", nargs="+", type=float, default=[0, 0.5], help="compute.share_activations, in turn")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--no-textbook", action="store_true")
    asked = parser.parse_args()
    with photographs(8) as folder:
        workflow(folder, 0.5)
    print(f"{asked.images} photographs, {NETWORK}, {', '.join(METHODS)}, {CORES} cores\n")
    print("| | passes an image | seconds | CPU seconds |\n|---|---|---|---|", flush=True)
    with photographs(asked.images) as folder:
        for share in asked.share * asked.repeats:
            taken, passes = workflow(folder, share), (2 if share == 0 else 1) * len(METHODS) + 1
            print(f"| share_activations: {share:g} | {passes} | {taken.seconds:.1f} | {taken.cpu:.1f} |", flush=True)
            told = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in stages(folder).items() if seconds > 1)
            print(f"  {told}", file=sys.stderr)
        if not asked.no_textbook:
            taken, adcc = textbook(folder)
            print(f"| textbook with torch-cam | 16 | {taken.seconds:.1f} | {taken.cpu:.1f} |")
            print(f"\nLargest difference of ADCC ({', '.join(SAME)}): {difference(folder, adcc):.1e}")


if __name__ == "__main__":
    main()
