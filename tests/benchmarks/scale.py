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
from pathlib import Path

import numpy as np
import polars as pl
from runs import ROOT, folder_of_images, snakemake, write_config
from scale_figure import draw

RESULTS = Path("results/bench")
NETWORKS = ("resnet18", "resnet50", "vgg16", "resnet101", "resnext50_32x4d", "squeezenet1_1")
METHODS = ("gradcam", "gradcampp", "xgradcam", "layercam")
TWENTY = {
    f"{name}-{n}": {"method": name} for n in range(2) for name in (*METHODS, "hirescam", "eigencam", "reciprocam")
}
TWENTY |= {
    name: {"method": name} for name in ("scorecam", "smoothgradcampp", "ablationcam", "fakecam", "random", "centre")
}
NO_CURVES = {"enabled": False}


def memory(note) -> None:
    """Peak memory of jobs of 100 and of 2,000 images: with maps of the layer's size, and of the input's."""
    stages = ("images", "predictions", "saliency", "masked", "curves", "metrics")
    for count in (100, 2000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder_of_images(folder / "photos", count, (320, 240))
            methods = {name: {"method": name} for name in ("gradcam", "fakecam")}
            more = {"curves": {"pixels_per_step": 12544}, "shards": {"curves": 2048}}
            write_config(folder, ("squeezenet1_1",), methods, **more)
            snakemake(folder, "--cores", "2")
            for stage in stages:
                for file in sorted((folder / "results/scale/benchmarks" / stage).rglob("*.tsv")):
                    if file.stem != "store":
                        method = next((method for method in methods if method in (*file.parts, file.stem)), "")
                        note("memory", f"{stage} {method}".strip(), _benchmark(file), "MB", images=count)
    with tempfile.TemporaryDirectory() as name:  # 2,048 channels, one image
        folder = Path(name)
        folder_of_images(folder / "photos", 1, (320, 240))
        write_config(folder, ("resnet50",), {"scorecam": {"method": "scorecam"}}, curves=NO_CURVES)
        snakemake(folder, "--cores", "2")
        job = folder / "results/scale/benchmarks/saliency/resnet50/scorecam/0.tsv"
        note("memory", "saliency scorecam, 2048 channels, batch 16", _benchmark(job), "MB", images=1)


def _benchmark(file: Path, column: str = "max_rss") -> float | None:
    """What Snakemake measured of a job; its peak resident memory (MB) is None if the job was too short to be seen."""
    value = pl.read_csv(file, separator="\t", null_values=["-", "NA"])[column][0]
    return None if value is None else float(value)


def reading(note) -> None:
    """Images a second from a finished chunk, as jobs read them, beside the forward pass that needs them."""
    from cambench import layout, store
    from cambench.lazy import LazyRows

    pixels = np.random.default_rng(0).integers(0, 255, (512, 28, 28, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    with tempfile.TemporaryDirectory() as name:
        root = f"{name}/images/bench.zarr"
        arrays = {"pixels": pixels, "label": np.zeros(512), "seed": np.zeros(512)}
        with store.writing(layout.chunks(root, "images", 0), "images", 512) as put:
            put(arrays)
        path = layout.chunk(root, "images", "pixels", 0)
        start = time.perf_counter()
        lazy = LazyRows([path], "images", "pixels", (0, 512), 512, (224, 224, 3))
        for row in range(0, 512, 16):
            lazy[row : row + 16]
        note("reading", "images", 512 / (time.perf_counter() - start), "1/s")
    note("reading", "forward passes of resnet18, both cores", both_cores(), "1/s")


def overhead(note) -> None:
    """What 1,000 images x 4 methods with resnet18 take beside their forward passes."""
    with tempfile.TemporaryDirectory() as name:
        folder, methods = Path(name), {name: {"method": name} for name in METHODS}
        folder_of_images(folder / "photos", 1000, (500, 375))
        for label, curves in (("without curves", NO_CURVES), ("with curves of 4 steps", {"pixels_per_step": 12544})):
            write_config(folder, ("resnet18",), methods, curves=curves)
            seconds, _ = snakemake(folder, "--cores", "2")
            metrics = pl.read_parquet(folder / "results/scale/metrics.parquet")
            passes = 1000 + sum(metrics[name].sum() for name in metrics.columns if name.endswith("_passes"))
            needed = passes / both_cores()
            at = {"images": 1000, "methods": 4, "networks": 1}
            note("overhead", f"wall time, {label}", seconds, "s", **at)
            note("overhead", f"forward passes, {label}", needed, "s", **at)
            note("overhead", f"share of the wall time, {label}", 1 - needed / seconds, "", **at)
            busy = sum(_benchmark(file, "s") or 0 for file in (folder / "results").rglob("*.tsv"))
            note("overhead", f"of it cores without a job, {label}", 1 - busy / (2 * seconds), "", **at)
            shutil.rmtree(folder / "results")


_FORWARD = """
import sys, time, torch
from cambench import networks
settings = {"name": "resnet18", "arguments": {}, "weights": None, "seed": 0}
settings["preprocessing"] = {"resize": 224, "crop": 224, "mean": [0.5] * 3, "std": [0.25] * 3}
probe = networks.open_probe("n", settings, {"device": "cpu", "precision": "float32", "batch": 16}, 1)
x = torch.randn(16, 3, 224, 224).to(memory_format=torch.channels_last)
print("ready", flush=True)
sys.stdin.readline()
with torch.no_grad():
    start = time.perf_counter()
    for _ in range(20):
        probe.network(x)
print(320 / (time.perf_counter() - start), flush=True)
"""


def both_cores() -> float:
    """Forward passes a second of resnet18 in two processes of one thread, side by side."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT / "workflow"}
    jobs = [subprocess.Popen([sys.executable, "-c", _FORWARD], **pipes) for _ in range(2)]
    for job in jobs:
        job.stdout.readline()
    for job in jobs:
        job.stdin.write("go\n")
        job.stdin.flush()
    return sum(float(job.communicate()[0]) for job in jobs)


def growth(note) -> None:
    """Wall time of whole runs, as images, methods and networks grow from a common one."""
    sizes = {"images": (100, 400, 1600), "methods": (1, 2, 4), "networks": (1, 2)}
    with tempfile.TemporaryDirectory() as name:
        for axis, counts in sizes.items():
            for count in counts:
                at = {"images": 100, "methods": 1, "networks": 1, axis: count}
                folder = Path(name, f"{axis}{count}")
                folder.mkdir()
                folder_of_images(folder / "photos", at["images"], (320, 240))
                methods = {method: {"method": method} for method in METHODS[: at["methods"]]}
                write_config(folder, ("resnet18", "squeezenet1_1")[: at["networks"]], methods, curves=NO_CURVES)
                note("growth", f"wall time by {axis}", snakemake(folder, "--cores", "2")[0], "s", **at)


_TABLES = """
import sys, time, resource, polars as pl
from cambench import comparison, tables
bootstrap = {"resamples": 2000, "confidence": 0.95, "seed": 0}
frame, start = pl.read_parquet(sys.argv[1]), time.perf_counter()
names = [frame[name].unique(maintain_order=True).to_list() for name in ("model", "method")]
tables.summarise(frame, *names, bootstrap)
comparison.compare(frame, *names, bootstrap)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""
_FLOATS = ("average_drop", "average_increase", "average_gain", "deletion", "insertion", "coherency", "complexity")


def tables(note) -> None:
    """Means, intervals, pairs and ranks of up to six million rows: 6 networks x 20 methods x 50,000 images."""
    for images, networks, methods in ((10_000, 6, 20), (50_000, 1, 20), (50_000, 6, 5), (50_000, 6, 20)):
        pairs = [(network, method) for network in NETWORKS[:networks] for method in list(TWENTY)[:methods]]
        with tempfile.TemporaryDirectory() as name:
            file = Path(name, "metrics.parquet")
            pl.concat([_made_up(*pair, images) for pair in pairs]).write_parquet(file)
            done = subprocess.run(
                [sys.executable, "-c", _TABLES, file], capture_output=True, text=True, check=True, cwd=ROOT / "workflow"
            )
        seconds, peak = map(float, done.stdout.split())
        at = {"images": images, "methods": methods, "networks": networks}
        note("tables", "time, 2000 resamples", seconds, "s", **at)
        note("tables", "memory", peak, "MB", **at)


def _made_up(network: str, method: str, images: int) -> pl.DataFrame:
    draw_from, zeros = np.random.default_rng(hash((network, method)) % 2**32), np.zeros(images, np.int64)
    columns = {"model": [network] * images, "method": [method] * images, "image": np.arange(images), "label": zeros}
    columns |= {"predicted": zeros, **{name: draw_from.random(images) for name in (*_FLOATS, "adcc")}}
    flags = {"degenerate": zeros > 0, "nonfinite": zeros > 0, "saliency_passes": zeros.astype(np.int32) + 1}
    return pl.DataFrame(columns | flags)


def planning(note) -> None:
    """`snakemake -n` as images, methods and networks grow."""
    sizes = [(10_000, 6, 20), (50_000, 2, 20), (50_000, 6, 5), (50_000, 6, 20)]
    for images in (10_000, 50_000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder_of_images(folder / "photos", images, (32, 32))
            write_config(folder, NETWORKS, TWENTY)
            snakemake(folder, "--cores", "2", "--until", "manifest")
            for _, networks, methods in (size for size in sizes if size[0] == images):
                write_config(folder, NETWORKS[:networks], dict(list(TWENTY.items())[:methods]))
                snakemake(folder, "-n", "--quiet")  # opens networks that it has not seen
                seconds, peak = snakemake(folder, "-n", "--quiet")
                at = {"images": images, "methods": methods, "networks": networks}
                note("planning", "time", seconds, "s", **at)
                note("planning", "memory", peak, "MB", **at)


def main() -> None:
    kinds = {function.__name__: function for function in (memory, reading, overhead, growth, tables, planning)}
    chosen = sys.argv[1:] or list(kinds)
    rows = [row for row in _earlier() if row["kind"] not in chosen]

    def note(kind: str, what: str, value: float | None, unit: str, **at: int) -> None:
        rows.append({"kind": kind, "what": what, "value": value, "unit": unit, **_NOWHERE, **at})
        where = ", ".join(f"{count:,} {name}" for name, count in at.items())
        shown = "too short to be seen" if value is None else f"{value:,.3g} {unit}"
        print(f"{kind}: {what}{f' ({where})' if where else ''}: {shown}", flush=True)

    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        kinds[name](note)
        with (RESULTS / "scale.csv").open("w") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    draw(rows, RESULTS / "scale.svg")


def _earlier() -> list[dict]:
    """Rows of the last run, of which some parts may now be run again."""
    file = RESULTS / "scale.csv"
    return pl.read_csv(file).to_dicts() if file.exists() else []


_NOWHERE = dict.fromkeys(("images", "methods", "networks"))

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
