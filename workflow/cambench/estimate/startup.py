"""What a run takes beside its networks: starting jobs and reading images, measured while all cores are busy."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..images import decode, sources

_FEW = 8
_LIGHT = "import snakemake.script, polars, cambench.job"
_HEAVY = f"{_LIGHT}, cambench.methods._contract, cambench.networks.open"
_NEIGHBOUR = "import json, sys; from cambench.estimate import timing; timing.keep_busy(**json.loads(sys.argv[1]))"


@contextmanager
def neighbours(count: int, config: dict, threads: int) -> Iterator[None]:
    """Run the first network on noise in other processes meanwhile, because jobs share caches and memory."""
    settings = next(iter(config["networks"].values()))
    command = [sys.executable, "-c", _NEIGHBOUR]
    argument = json.dumps({"settings": settings, "compute": config["compute"], "threads": threads})
    with ExitStack() as stack:
        started = [
            stack.enter_context(subprocess.Popen([*command, argument], stdout=subprocess.PIPE)) for _ in range(count)
        ]
        for process in started:
            stack.callback(process.kill)
            assert process.stdout is not None
            process.stdout.readline()  # it says when it has begun
        yield


def measure(config: dict) -> dict[str, float]:
    """Seconds to start a job without torch (`light`) and with it (`heavy`), and to `decode` an image."""
    return {"light": _start(_LIGHT), "heavy": _start(_HEAVY), "decode": _decode(config)}


def _start(code: str) -> float:
    """The faster of two starts of Python, because the first may find nothing in the disk's cache."""
    return min(_seconds(code) for _ in range(2))


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def _decode(config: dict) -> float:
    """Seconds to read and decode an image once; the manifest does it, and so does every preprocessing."""
    dataset, preprocessing = config["dataset"], next(iter(config["networks"].values()))["preprocessing"]
    found = [item for item in sources.listing(dataset) if not item.reason][:_FEW]
    start = time.perf_counter()
    decoded = sum(decode.decodes(sources.root(dataset) / item.path, preprocessing) for item in found)
    return (time.perf_counter() - start) / max(1, decoded)
