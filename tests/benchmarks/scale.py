"""The last part of `make bench`: memory, reading, overhead, tables and planning as runs grow.

    python tests/benchmarks/scale.py [memory] [reading] [overhead] [growth] [tables] [planning]

Writes results/bench/scale.csv, in which parts that are not run again stay, and scale.svg: how cost grows with images,
methods and networks.
"""

import csv
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from runs import benchmark, project, snakemake, write_config
from scale_figure import draw

from cambench.metrics import DEFAULT
from cambench.store import layout, writer
from cambench.store.reader import LazyRows

RESULTS = Path("results/bench")
HERE = Path(__file__).parent
STAGES = ("images", "predictions", "saliency", "masked", "curves", "metrics")
NETWORKS = ("resnet18", "resnet50", "vgg16", "resnet101", "resnext50_32x4d", "squeezenet1_1")
METHODS = ("gradcam", "gradcampp", "xgradcam", "layercam")
TWENTY = {f"{cam}-{n}": cam for n in range(2) for cam in (*METHODS, "hirescam", "eigencam", "reciprocam")}
TWENTY |= {cam: cam for cam in ("scorecam", "smoothgradcampp", "ablationcam", "fakecam", "random", "centre")}
NO_CURVES = {"enabled": False}
FOUR_STEPS = {"pixels_per_step": 12544}


class Notes:
    """Rows of scale.csv: those of earlier runs stay, but for the parts that are run again."""

    def __init__(self, parts: Iterable[str]) -> None:
        earlier = pl.read_csv(_file("csv")).to_dicts() if _file("csv").exists() else []
        self._rows = [row for row in earlier if row["kind"] not in parts]

    def add(self, kind: str, what: str, value: float | None, unit: str, **at: int) -> None:
        """Note and print a value, measured `at` a number of images, methods and networks."""
        nowhere = dict.fromkeys(("images", "methods", "networks"))
        self._rows.append({"kind": kind, "what": what, "value": value, "unit": unit, **nowhere, **at})
        where = ", ".join(f"{count:,} {name}" for name, count in at.items())
        shown = "too short to be seen" if value is None else f"{value:,.3g} {unit}"
        print(f"{kind}: {what}{f' ({where})' if where else ''}: {shown}", flush=True)

    def save(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        with _file("csv").open("w") as file:
            table = csv.DictWriter(file, self._rows[0])
            table.writeheader()
            table.writerows(self._rows)
        draw(self._rows, _file("svg"))


def _file(suffix: str) -> Path:
    return RESULTS / f"scale.{suffix}"


def memory(notes: Notes) -> None:
    """Peak memory of jobs of 100 and of 2,000 images: with maps of the layer's size, and of the input's."""
    methods = _named("gradcam", "fakecam")
    for count in (100, 2000):
        with project(count) as folder:
            write_config(folder, ["squeezenet1_1"], methods, curves=FOUR_STEPS, shards={"images": 2500})
            snakemake(folder, "--cores", "2")
            for stage in STAGES:
                for file in sorted((folder / "results/scale/benchmarks" / stage).rglob("*.tsv")):
                    if file.stem != "store":
                        method = next((method for method in methods if method in (*file.parts, file.stem)), "")
                        notes.add("memory", f"{stage} {method}".strip(), benchmark(file), "MB", images=count)
    _memory_of_many_channels(notes)


def _memory_of_many_channels(notes: Notes) -> None:
    """Score-CAM on the 2,048 channels of a ResNet-50, which forwards one input per channel."""
    with project(1) as folder:
        write_config(folder, ["resnet50"], _named("scorecam"), curves=NO_CURVES)
        snakemake(folder, "--cores", "2")
        job = folder / "results/scale/benchmarks/saliency/resnet50/scorecam/0.tsv"
        notes.add("memory", "saliency scorecam, 2048 channels, batch 16", benchmark(job), "MB", images=1)


def reading(notes: Notes) -> None:
    """Images per second from a finished chunk, as jobs read them, beside the forward pass that needs them."""
    count, shapes = 512, layout.Shapes((224, 224))
    pixels = np.random.default_rng(0).integers(0, 255, (count, 28, 28, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    zeros = np.zeros(count, np.int64)
    with tempfile.TemporaryDirectory() as name:
        paths = layout.chunks(f"{name}/images/bench.zarr", "images", 0)
        with writer.writing(paths, "images", count) as put:
            put({"pixels": pixels, "label": zeros, "seed": zeros})
        start = time.perf_counter()
        rows = LazyRows([paths["pixels"]], layout.array("images", "pixels", count, shapes), (0, count))
        for row in range(0, count, 16):
            rows[row : row + 16]
        notes.add("reading", "images", count / (time.perf_counter() - start), "1/s")
    notes.add("reading", "forward passes of resnet18, both cores", both_cores(), "1/s")


def overhead(notes: Notes) -> None:
    """What 1,000 images x 4 methods with resnet18 take beside their forward passes."""
    with project(1000, (500, 375)) as folder:
        for label, curves in (("without curves", NO_CURVES), ("with curves of 4 steps", FOUR_STEPS)):
            write_config(folder, ["resnet18"], _named(*METHODS), curves=curves)
            seconds = snakemake(folder, "--cores", "2").seconds
            _note_overhead(notes, folder / "results", label, seconds)
            shutil.rmtree(folder / "results")


def _note_overhead(notes: Notes, results: Path, label: str, seconds: float) -> None:
    images = pl.read_parquet(results / "scale/metrics.parquet")
    passes = 1000 + sum(images[name].sum() for name in images.columns if name.endswith("_passes"))
    needed = passes / both_cores()
    busy = sum(benchmark(file, "s") or 0 for file in results.rglob("*.tsv"))
    at = {"images": 1000, "methods": 4, "networks": 1}
    notes.add("overhead", f"wall time, {label}", seconds, "s", **at)
    notes.add("overhead", f"forward passes, {label}", needed, "s", **at)
    notes.add("overhead", f"share of the wall time, {label}", 1 - needed / seconds, "", **at)
    notes.add("overhead", f"of it cores without a job, {label}", 1 - busy / (2 * seconds), "", **at)


def both_cores() -> float:
    """Forward passes per second of resnet18 in two processes of one thread, side by side."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    jobs = [subprocess.Popen([sys.executable, HERE / "scale_forward.py"], **pipes) for _ in range(2)]
    for job in jobs:
        job.stdout.readline()
    for job in jobs:
        job.stdin.write("go\n")
        job.stdin.flush()
    return sum(float(job.communicate()[0]) for job in jobs)


def growth(notes: Notes) -> None:
    """Wall time of whole runs, as images, methods and networks grow from a common one."""
    sizes = {"images": (100, 400, 1600), "methods": (1, 2, 4), "networks": (1, 2)}
    for axis, count in ((axis, count) for axis, counts in sizes.items() for count in counts):
        at = {"images": 100, "methods": 1, "networks": 1, axis: count}
        with project(at["images"]) as folder:
            networks, methods = ("resnet18", "squeezenet1_1")[: at["networks"]], _named(*METHODS[: at["methods"]])
            write_config(folder, networks, methods, curves=NO_CURVES)
            notes.add("growth", f"wall time by {axis}", snakemake(folder, "--cores", "2").seconds, "s", **at)


def tables(notes: Notes) -> None:
    """Means, intervals, pairs and ranks of up to six million rows: 6 networks x 20 methods x 50,000 images."""
    for images, networks, methods in ((10_000, 6, 20), (50_000, 1, 20), (50_000, 6, 5), (50_000, 6, 20)):
        pairs = [(network, method) for network in NETWORKS[:networks] for method in islice(TWENTY, methods)]
        with tempfile.TemporaryDirectory() as name:
            file = Path(name, "metrics.parquet")
            pl.concat([_made_up(*pair, images, seed) for seed, pair in enumerate(pairs)]).write_parquet(file)
            command = [sys.executable, HERE / "scale_tables.py", file]
            seconds, peak = map(float, subprocess.check_output(command, text=True).split())
        at = {"images": images, "methods": methods, "networks": networks}
        notes.add("tables", "time, 2000 resamples", seconds, "s", **at)
        notes.add("tables", "memory", peak, "MB", **at)


def _made_up(network: str, method: str, images: int, seed: int) -> pl.DataFrame:
    """A table of images with random metrics."""
    rng, zeros = np.random.default_rng(seed), np.zeros(images, np.int64)
    columns = {"network": [network] * images, "method": [method] * images, "image": np.arange(images), "label": zeros}
    columns |= {"predicted": zeros, **{name: rng.random(images) for name in DEFAULT}}
    flags = {"degenerate": zeros > 0, "nonfinite": zeros > 0, "saliency_passes": zeros.astype(np.int32) + 1}
    return pl.DataFrame(columns | flags)


def planning(notes: Notes) -> None:
    """`snakemake -n` as images, methods and networks grow."""
    for images, sizes in ((10_000, [(6, 20)]), (50_000, [(2, 20), (6, 5), (6, 20)])):
        with project(images, (32, 32)) as folder:
            write_config(folder, NETWORKS, TWENTY)
            snakemake(folder, "--cores", "2", "--until", "manifest")
            for networks, methods in sizes:
                write_config(folder, NETWORKS[:networks], dict(islice(TWENTY.items(), methods)))
                snakemake(folder, "-n", "--quiet")  # opens networks that it has not seen
                used = snakemake(folder, "-n", "--quiet")
                at = {"images": images, "methods": methods, "networks": networks}
                notes.add("planning", "time", used.seconds, "s", **at)
                notes.add("planning", "memory", used.memory, "MB", **at)


def _named(*cams: str) -> dict[str, str]:
    """Methods whose labels are the names of their files."""
    return {cam: cam for cam in cams}


PARTS: dict[str, Callable[[Notes], None]] = {
    part.__name__: part for part in (memory, reading, overhead, growth, tables, planning)
}


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    notes = Notes(chosen)
    for name in chosen:
        PARTS[name](notes)
        notes.save()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
