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
from typing import NamedTuple

import numpy as np
import torch
from figure import draw
from subject import LAYERS, block_of, photographs
from worker import Facts, Worker

from cambench.masks import scale, upsampled
from cambench.networks import device, flops
from cambench.networks.build import build

RESULTS = Path("results/bench")
REPEATS = 5
_PAUSE = 0.3  # seconds: threads of the side before wait for more work, and would take the cores meanwhile
ONE_PASS = ("gradcam", "gradcampp", "xgradcam", "layercam", "hirescam", "eigencam")
BOTH = ("gradcam", "gradcampp", "xgradcam", "layercam")  # what torch-cam has too
SAME = ("gradcam", "xgradcam", "layercam", "hirescam")  # what pytorch-grad-cam has with the same definition
SIZES = {"resnet50": 112, "vgg16": 112}  # inputs of Score-CAM where 2,048 or slow passes would take hours
FEWER = {"vgg16": 4, "resnet50": 8, "vit_small_patch16_224": 8, "swin_t": 8}  # images whose ADCC is computed
PEERS = ("torch-cam", "pytorch-grad-cam")
OURS = ("ours", "bare")


class Comparison(NamedTuple):
    """One network on `images` inputs of `side` x `side` pixels; `methods` gives the sides that run each method."""

    kind: str
    network: str
    images: int
    side: int
    methods: dict[str, list[str]]


class Key(NamedTuple):
    """One process: a side of the comparison, and whether it has our allocator's settings."""

    side: str
    keep_pages: bool


class Measured(NamedTuple):
    """What one side did: images per second, and what its process says of its last run."""

    speed: float
    facts: Facts

    @property
    def passes(self) -> float:
        """Forward passes per second."""
        return self.speed * self.facts.passes


def comparisons(kinds: list[str], networks: list[str], one_pass: tuple[str, ...]) -> Iterator[Comparison]:
    for network in networks:
        if "maps" in kinds:
            yield Comparison("maps", network, 16, 224, {method: [*OURS, *_peers(method)] for method in one_pass})
        if "adcc" in kinds:
            pairs = {"+".join(BOTH): ["ours", "torch-cam"], "+".join(SAME): ["ours", "pytorch-grad-cam"]}
            yield Comparison("adcc", network, FEWER.get(network, 16), 224, pairs)
        if "curves" in kinds:
            yield Comparison("curves", network, 2, 224, {"curves": [*OURS, "RISE"]})
        if "scorecam" in kinds:
            yield Comparison("maps", network, 1, SIZES.get(network, 224), {"scorecam": [*OURS, *PEERS]})


def _peers(method: str) -> list[str]:
    return [peer for peer in PEERS if peer != "torch-cam" or method in BOTH]


def compare(comparison: Comparison, peak: float) -> Iterator[dict]:
    """One row per method, peer and allocator."""
    pixels = photographs(comparison.images, comparison.side)
    keys = [
        Key(side, keep)
        for side in dict.fromkeys(side for sides in comparison.methods.values() for side in sides)
        for keep in ((True,) if side in OURS else (False, True))
    ]
    workers = {key: Worker(*key, comparison.kind, comparison.network, pixels) for key in keys}
    for method, sides in comparison.methods.items():
        measured = measure(method, {key: workers[key] for key in keys if key.side in sides}, comparison.images)
        for key in (key for key in measured if key.side not in OURS):
            yield _row(comparison, method, key, measured, peak)
    for worker in workers.values():
        worker.close()


def measure(method: str, workers: dict[Key, Worker], images: int) -> dict[Key, Measured]:
    """Run all sides in turn; the first turn warms up."""
    times: dict[Key, list[float]] = {key: [] for key in workers}
    for worker in workers.values():
        worker.ask(method)
    for turn in range(REPEATS + 1):
        for key, worker in workers.items():
            time.sleep(_PAUSE)
            seconds = worker.ask("run")
            if turn:
                times[key].append(seconds)
    return {
        key: Measured(images / statistics.median(times[key]), worker.ask("facts")) for key, worker in workers.items()
    }


def _row(comparison: Comparison, method: str, key: Key, measured: dict[Key, Measured], peak: float) -> dict:
    ours, bare, theirs = measured[Key("ours", True)], measured.get(Key("bare", True)), measured[key]
    kind, network, side = comparison.kind, comparison.network, comparison.side
    return {
        "kind": "scorecam" if method == "scorecam" else kind,
        "network": network,
        "method": method,
        "peer": key.side,
        "allocator": "ours" if key.keep_pages else "as installed",
        "input": side,
        "ours": ours.speed,
        "theirs": theirs.speed,
        "ratio": ours.speed / theirs.speed,
        "passes_ours": ours.facts.passes,
        "passes_theirs": theirs.facts.passes,
        "of_bare_forward": ours.passes / bare.passes if bare else None,
        "share_of_peak": ours.passes * _operations(network, side) / peak,
        "difference": _difference(kind, method, key.side, ours.facts.results, theirs.facts.results),
        "memory_ours": ours.facts.memory,
        "memory_theirs": theirs.facts.memory,
    }


def _difference(kind: str, method: str, peer: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference of scaled maps, ADCC or points of curves."""
    if kind != "maps":
        return float(np.abs(ours - theirs).max())
    if method != "eigencam":
        return _map_difference(peer, ours, theirs)
    pairs = zip(ours[:, None], theirs[:, None], strict=True)  # the sign of its maps is arbitrary
    return max(min(_map_difference(peer, sign * one, other) for sign in (1, -1)) for one, other in pairs)


def _map_difference(peer: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    scaled = scale(ours, relu=True).maps
    if peer == "pytorch-grad-cam":  # which upsamples, and scales once more
        scaled = scale(upsampled(scaled, theirs.shape[1:]), relu=True).maps
    return float(np.abs(scaled - scale(theirs, relu=True).maps).max())


def _operations(network: str, side: int) -> int:
    return flops.operations(build(network, block_of(network, side)), torch.zeros(1, 3, side, side))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = ["maps", "scorecam", "adcc", "curves"]
    parser.add_argument("kinds", nargs="*", metavar="kind", help=", ".join(kinds))
    parser.add_argument("--networks", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--methods", nargs="+", choices=ONE_PASS, default=ONE_PASS, help="of the kind maps")
    asked = parser.parse_args()
    cpu = device.start("cpu", threads=torch.get_num_threads())
    peaks = {precision: flops.peak(cpu, precision) for precision in ("float32", "bfloat16")}
    print("peak, GFLOP/s:", {name: round(value / 1e9) for name, value in peaks.items()}, flush=True)
    rows: list[dict] = []
    for comparison in comparisons(asked.kinds or kinds, asked.networks, asked.methods):
        for row in compare(comparison, peaks["float32"]):
            rows.append(row)
            print("  ".join(_text(value) for value in row.values()), flush=True)
        _save(rows)
    draw(rows, RESULTS / "bench.svg")


def _save(rows: list[dict]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / "bench.csv").open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
