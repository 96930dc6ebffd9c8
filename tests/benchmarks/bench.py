"""`make bench`: cambench beside its peers, in one run, alternating; prints a table, writes results/bench/.

    python tests/benchmarks/bench.py [maps] [scorecam] [adcc] [curves] [precision] [--networks resnet18 ...]

Every side has a process of its own that holds its network, and waits while another runs. Peers run twice: as
installed, and with our allocator's settings. Times are medians of five.
"""

import argparse
import csv
import statistics
from pathlib import Path

import numpy as np
import torch
from cases import LAYERS, block_of, photographs
from figure import draw
from worker import Worker

from cambench import limit, models, runtime, scaling

RESULTS = Path("results/bench")
REPEATS = 5
ONE_PASS = ("gradcam", "gradcampp", "xgradcam", "layercam", "hirescam", "eigencam")
BOTH = ("gradcam", "gradcampp", "xgradcam", "layercam")  # what torch-cam has too
SIZES = {"resnet50": 112, "vgg16": 112}  # inputs of Score-CAM where 2,048 or slow passes would take hours
PEERS = ("torch-cam", "pytorch-grad-cam")


def comparisons(kinds: list[str], networks: list[str]):
    """Kind, network, method, images, side of the input, sides."""
    for network in networks:
        few = 8 if network in ("vgg16", "resnet50") else 16
        if "maps" in kinds:
            for method in ONE_PASS:
                peers = [peer for peer in PEERS if peer != "torch-cam" or method in BOTH]
                yield "maps", network, method, few, 224, ["ours", "bare", *peers]
        if "adcc" in kinds:
            yield "adcc", network, "+".join(BOTH), few // 2, 224, ["ours", "torch-cam"]
            yield "adcc", network, "+".join(ONE_PASS[:-1]), few // 2, 224, ["ours", "pytorch-grad-cam"]
        if "curves" in kinds:
            yield "curves", network, "", 2, 224, ["ours", "bare", "RISE"]
        if "scorecam" in kinds:
            yield "maps", network, "scorecam", 1, SIZES.get(network, 224), ["ours", "bare", *PEERS]


def compare(kind: str, network: str, method: str, images: int, side: int, sides: list[str], peak: float) -> list[dict]:
    """Rows of one comparison: one a peer and allocator."""
    pixels = photographs(images, side)
    variants = [(name, keep) for name in sides for keep in ((True,) if name in ("ours", "bare") else (False, True))]
    workers = {key: Worker(key[0], key[1], kind, network, method, pixels) for key in variants}
    times: dict = {key: [] for key in workers}
    for turn in range(REPEATS + 1):
        for key, worker in workers.items():
            seconds = worker.ask()
            if turn:  # the first warms up
                times[key].append(seconds)
    facts = {key: worker.ask("facts") for key, worker in workers.items()}
    for worker in workers.values():
        worker.close()
    speed = {key: images / statistics.median(values) for key, values in times.items()}
    ours = facts["ours", True]
    operations = _operations(network, side)
    of_bare = None
    if ("bare", True) in speed:
        of_bare = speed["ours", True] * ours[1] / speed["bare", True]
    rows = []
    for name, keep in variants:
        if name in ("ours", "bare"):
            continue
        theirs = facts[name, keep]
        rows.append(
            {
                "kind": "scorecam" if method == "scorecam" else kind,
                "network": network,
                "method": method,
                "peer": name,
                "allocator": "ours" if keep else "as installed",
                "input": side,
                "ours": speed["ours", True],
                "theirs": speed[name, keep],
                "ratio": speed["ours", True] / speed[name, keep],
                "passes_ours": ours[1],
                "passes_theirs": theirs[1],
                "of_bare_forward": of_bare,
                "share_of_peak": speed["ours", True] * ours[1] * operations / peak,
                "difference": _difference(kind, method, name, ours[0], theirs[0]),
                "memory_ours": ours[2],
                "memory_theirs": theirs[2],
            }
        )
    return rows


def _difference(kind: str, method: str, peer: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference of scaled maps, ADCC or points of curves."""
    if kind != "maps":
        return float(np.abs(ours - theirs).max())
    if method == "eigencam":  # whose sign is arbitrary
        return min(_difference(kind, "", peer, sign * ours, theirs) for sign in (1, -1))
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
    parser.add_argument("kinds", nargs="*", choices=[[], *kinds], default=kinds)
    parser.add_argument("--networks", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    asked = parser.parse_args()
    runtime.start("cpu", "float32", torch.get_num_threads())
    peaks = {precision: limit.peak(torch.device("cpu"), precision) for precision in ("float32", "bfloat16")}
    print("peak, GFLOP/s:", {name: round(value / 1e9) for name, value in peaks.items()}, flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    for comparison in comparisons(asked.kinds, asked.networks):
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
