"""The second half of `make bench`: memory, planning, tables, overhead as runs grow; writes results/bench/scale.csv.

python tests/benchmarks/scale.py [memory] [overhead] [planning] [tables] [reading]
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow"))
RESULTS = Path("results/bench")
NETWORKS = ("resnet18", "resnet50", "vgg16", "resnet101", "resnext50_32x4d", "squeezenet1_1")
METHODS = ("gradcam", "gradcampp", "xgradcam", "layercam")
TWENTY = {
    f"{name}-{n}": {"method": name} for n in range(2) for name in (*METHODS, "hirescam", "eigencam", "reciprocam")
}
TWENTY |= {
    name: {"method": name} for name in ("scorecam", "smoothgradcampp", "ablationcam", "fakecam", "random", "centre")
}


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


_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def memory(note) -> None:
    """Peak memory of jobs of 100 and of 2,000 images."""
    for count in (100, 2000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder_of_images(folder / "photos", count, (320, 240))
            write_config(folder, ("resnet18",), {"gradcam": {"method": "gradcam"}}, curves={"enabled": False})
            snakemake(folder, "--cores", "2")
            for stage in ("images", "predictions", "saliency", "masked", "metrics"):
                files = sorted((folder / "results/scale/benchmarks" / stage).rglob("*.tsv"))
                jobs = [
                    pl.read_csv(file, separator="\t", null_values=["-", "NA"]) for file in files if file.stem != "store"
                ]
                peak = max((float(job["max_rss"][0] or 0) for job in jobs), default=0.0)
                note("memory", f"{stage}, {count} images", peak, "MB")
    with tempfile.TemporaryDirectory() as name:  # 2,048 channels, one image
        folder = Path(name)
        folder_of_images(folder / "photos", 1, (320, 240))
        write_config(folder, ("resnet50",), {"scorecam": {"method": "scorecam"}}, curves={"enabled": False})
        snakemake(folder, "--cores", "2")
        job = pl.read_csv(folder / "results/scale/benchmarks/saliency/resnet50/scorecam/0.tsv", separator="\t")
        note("memory", "scorecam, 2048 channels, batch 16", float(job["max_rss"][0]), "MB")


def overhead(note) -> None:
    """What 1,000 images x 4 methods with resnet18 take beside their forward passes."""
    from cambench import limit, models  # noqa: F401

    with tempfile.TemporaryDirectory() as name:
        folder, methods = Path(name), {name: {"method": name} for name in METHODS}
        folder_of_images(folder / "photos", 1000, (500, 375))
        for label, curves in (
            ("without curves", {"enabled": False}),
            ("with curves of 28 steps", {"pixels_per_step": 1792}),
        ):
            write_config(folder, ("resnet18",), methods, curves=curves)
            seconds, _ = snakemake(folder, "--cores", "2")
            metrics = pl.read_parquet(folder / "results/scale/metrics.parquet")
            passes = 1000 + sum(metrics[name].sum() for name in metrics.columns if name.endswith("_passes"))
            speed = both_cores()
            note("overhead", f"wall time, {label}", seconds, "s")
            note("overhead", f"forward passes, {label}", passes / speed, "s")
            note("overhead", f"share of the wall time, {label}", 1 - passes / speed / seconds, "")
            subprocess.run(["rm", "-r", folder / "results"], check=True)


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


def planning(note) -> None:
    """`snakemake -n` as images, methods and networks grow."""
    few = dict(list(TWENTY.items())[:5])
    sizes = [(10_000, 6, 20), (50_000, 2, 20), (50_000, 6, 5), (50_000, 6, 20)]
    for images in (10_000, 50_000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder_of_images(folder / "photos", images, (32, 32))
            write_config(folder, NETWORKS, TWENTY)
            snakemake(folder, "--cores", "2", "--until", "manifest")
            for _, networks, methods in (size for size in sizes if size[0] == images):
                write_config(folder, NETWORKS[:networks], TWENTY if methods == 20 else few)
                seconds, peak = snakemake(folder, "-n", "--quiet")
                case = f"{networks} networks x {methods} methods x {images} images"
                note("planning", case, seconds, "s")
                note("planning", f"{case}, memory", peak, "MB")


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


def tables(note) -> None:
    """Means, intervals, pairs and ranks of six million rows."""
    draw = np.random.default_rng(0)
    images, pairs = 50_000, [(model, method) for model in NETWORKS for method in TWENTY]
    floats = (
        "average_drop",
        "average_increase",
        "average_gain",
        "deletion",
        "insertion",
        "coherency",
        "complexity",
        "adcc",
    )
    with tempfile.TemporaryDirectory() as name:
        parts = [
            pl.DataFrame(
                {
                    "model": [model] * images, "method": [method] * images, "image": np.arange(images),
                    "label": np.zeros(images, np.int64), "predicted": np.zeros(images, np.int64),
                    **{column: draw.random(images) for column in floats},
                    "degenerate": np.zeros(images, bool), "nonfinite": np.zeros(images, bool),
                    "saliency_passes": np.ones(images, np.int32),
                }
            )
            for model, method in pairs
        ]  # fmt: skip
        pl.concat(parts).write_parquet(Path(name, "metrics.parquet"))
        done = subprocess.run(
            [sys.executable, "-c", _TABLES, f"{name}/metrics.parquet"], capture_output=True, text=True, check=True,
            cwd=ROOT / "workflow",
        )  # fmt: skip
    seconds, peak = map(float, done.stdout.split())
    note("tables", f"{len(pairs) * images} rows, 2000 resamples", seconds, "s")
    note("tables", f"{len(pairs) * images} rows, memory", peak, "MB")


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
        note("reading", "images a second", 512 / (time.perf_counter() - start), "1/s")
    note("reading", "forward passes of resnet18 a second, both cores", both_cores(), "1/s")


def main() -> None:
    kinds = {function.__name__: function for function in (memory, reading, overhead, tables, planning)}
    rows: list[dict] = []

    def note(kind: str, what: str, value: float, unit: str) -> None:
        rows.append({"kind": kind, "what": what, "value": value, "unit": unit})
        print(f"{kind}: {what}: {value:,.3g} {unit}", flush=True)

    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or kinds:
        kinds[name](note)
        with (RESULTS / "scale.csv").open("w") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    main()
