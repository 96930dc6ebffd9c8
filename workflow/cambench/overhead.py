"""What a run takes beside its networks: starting jobs, and reading images."""

import subprocess
import sys
import time

from . import datasets, images

_FEW = 8
_LIGHT = "import snakemake.script, polars, cambench.job"


def measure(config: dict) -> dict[str, float]:
    """Seconds to start a job without torch (`light`) and with it (`heavy`), and to `decode` an image."""
    return {"light": _start(_LIGHT), "heavy": _start(f"{_LIGHT}, torch, cambench.networks"), "decode": _decode(config)}


def _start(code: str) -> float:
    """The faster of two starts of Python, because the first may find nothing in the disk's cache."""
    return min(_seconds(code) for _ in range(2))


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def _decode(config: dict) -> float:
    """Seconds to read and decode an image once; the manifest does it, and so does every preprocessing."""
    root, found = (
        datasets.root(config["dataset"]),
        [item for item in datasets.find(config["dataset"]) if not item.reason],
    )
    preprocessing = next(iter(config["models"].values()))["preprocessing"]
    start = time.perf_counter()
    decoded = sum(images.decodes(root / item.path, preprocessing) for item in found[:_FEW])
    return (time.perf_counter() - start) / max(1, decoded)
