"""`make bench`: cambench beside its peers, in one run, alternating; prints a table, writes results/bench/.

    python tests/benchmarks/bench.py [maps] [scorecam] [adcc] [curves] [--networks resnet18 ...] [--methods gradcam ...]

Every side has a process of its own that holds its network, and waits while another runs. Peers run twice: as
installed, and with our allocator's settings. Times are medians of five.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from cases import LAYERS, block_of, photographs
from figure import draw
from worker import Worker

from cambench import limit, models, runtime, scaling

RESULTS = Path("results/bench")
REPEATS = 5
_PAUSE = 0.3  # seconds: numpy's threads of the side before go on waiting for work, and take the cores meanwhile
ONE_PASS = ("gradcam", "gradcampp", "xgradcam", "layercam", "hirescam", "eigencam")
BOTH = ("gradcam", "gradcampp", "xgradcam", "layercam")  # what torch-cam has too
SAME = ("gradcam", "xgradcam", "layercam", "hirescam")  # what pytorch-grad-cam has with the same definition
SIZES = {"resnet50": 112, "vgg16": 112}  # inputs of Score-CAM where 2,048 or slow passes would take hours
PEERS = ("torch-cam", "pytorch-grad-cam")
OURS = ("ours", "bare")


def comparisons(kinds: list[str], networks: list[str], one_pass: tuple[str, ...]):
    """Kind, network, images, side of the input, sides by method."""
    for network in networks:
        if "maps" in kinds:
            yield "maps", network, 16, 224, {method: ["ours", "bare", *_peers(method)] for method in one_pass}
        if "adcc" in kinds:
            pairs = {"+".join(BOTH): ["ours", "torch-cam"], "+".join(SAME): ["ours", "pytorch-grad-cam"]}
            yield "adcc", network, {"vgg16": 4, "resnet50": 8}.get(network, 16), 224, pairs
        if "curves" in kinds:
            yield "curves", network, 2, 224, {"curves": ["ours", "bare", "RISE"]}
        if "scorecam" in kinds:
            yield "maps", network, 1, SIZES.get(network, 224), {"scorecam": ["ours", "bare", *PEERS]}


def _peers(method: str) -> list[str]:
    return [peer for peer in PEERS if peer != "torch-cam" or method in BOTH]


def compare(kind: str, network: str, images: int, side: int, methods: dict, peak: float) -> Iterator[dict]:
    """Rows of one comparison: one a method, peer and allocator."""
    pixels = photographs(images, side)
    workers = {}
    for name in dict.fromkeys(name for sides in methods.values() for name in sides):
        for keep in (True,) if name in OURS else (False, True):
            workers[name, keep] = Worker(name, keep, kind, network, pixels)
    for method, sides in methods.items():
        chosen = {key: worker for key, worker in workers.items() if key[0] in sides}
        yield from _rows(kind, network, method, images, side, chosen, peak)
    for worker in workers.values():
        worker.close()


def _rows(kind: str, network: str, method: str, images: int, side: int, workers: dict, peak: float) -> Iterator[dict]:
    times: dict = {key: [] for key in workers}
    for worker in workers.values():
        worker.ask(method)
    for turn in range(REPEATS + 1):
        for key, worker in workers.items():
            time.sleep(_PAUSE)
            seconds = worker.ask("run")
            if turn:  # the first warms up
                times[key].append(seconds)
    facts = {key: worker.ask("facts") for key, worker in workers.items()}
    speed = {key: images / statistics.median(values) for key, values in times.items()}
    passes = {key: speed[key] * facts[key][1] for key in workers}  # a second
    ours = facts["ours", True]
    for key in (key for key in workers if key[0] not in OURS):
        theirs = facts[key]
        yield {
            "kind": "scorecam" if method == "scorecam" else kind,
            "network": network,
            "method": method,
            "peer": key[0],
            "allocator": "ours" if key[1] else "as installed",
            "input": side,
            "ours": speed["ours", True],
            "theirs": speed[key],
            "ratio": speed["ours", True] / speed[key],
            "passes_ours": ours[1],
            "passes_theirs": theirs[1],
            "of_bare_forward": passes["ours", True] / passes["bare", True] if ("bare", True) in passes else None,
            "share_of_peak": passes["ours", True] * _operations(network, side) / peak,
            "difference": _difference(kind, method, key[0], ours[0], theirs[0]),
            "memory_ours": ours[2],
            "memory_theirs": theirs[2],
        }


def _difference(kind: str, method: str, peer: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference of scaled maps, ADCC or points of curves."""
    if kind != "maps":
        return float(np.abs(ours - theirs).max())
    if method == "eigencam":  # whose sign is arbitrary
        pairs = zip(ours[:, None], theirs[:, None], strict=True)
        return max(min(_difference(kind, "", peer, sign * one, other) for sign in (1, -1)) for one, other in pairs)
    scaled = scaling.scaled(ours, True)[0]
    if peer == "pytorch-grad-cam":  # which upsamples, and scales once more
        scaled = scaling.scaled(scaling.upsampled(scaled, theirs.shape[1:]), True)[0]
    return float(np.abs(scaled - scaling.scaled(theirs, True)[0]).max())


def _operations(network: str, side: int) -> int:
    block = block_of(network)
    block["preprocessing"] |= {"resize": side, "crop": side}
    return limit.operations(models.build(network, block), torch.zeros(1, 3, side, side))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = ["maps", "scorecam", "adcc", "curves"]
    parser.add_argument("kinds", nargs="*", metavar="kind", help=", ".join(kinds))
    parser.add_argument("--networks", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--methods", nargs="+", choices=ONE_PASS, default=ONE_PASS, help="of the kind maps")
    asked = parser.parse_args()
    runtime.start("cpu", "float32", torch.get_num_threads())
    peaks = {precision: limit.peak(torch.device("cpu"), precision) for precision in ("float32", "bfloat16")}
    print("peak, GFLOP/s:", {name: round(value / 1e9) for name, value in peaks.items()}, flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    for comparison in comparisons(asked.kinds or kinds, asked.networks, asked.methods):
        for row in compare(*comparison, peaks["float32"]):
            rows.append(row)
            print("  ".join(_text(value) for value in row.values()), flush=True)
        with (RESULTS / "bench.csv").open("w") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    draw(rows, RESULTS / "bench.svg")


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
