"""What a lower precision does to every metric's mean, against float32, on trained weights and photographs.

    python tests/gpu/effect.py efficientnet-lite0 ...

Run by itself, it measures bfloat16 on this machine's processor. Every stage runs in the precision, predictions too.
"""

import sys
from pathlib import Path

import numpy as np
from pipeline import Work, made, predicted
from scene import LITE, Sizes, card, device, photographs, probe, start
from scipy import stats
from sheet import Sheet
from variants import DTYPES, lowered

from cambench.networks.probe import Probe

METHODS = (
    "gradcam",
    "gradcampp",
    "smoothgradcampp",
    "hirescam",
    "layercam",
    "reciprocam",
    "scorecam",
    "fakecam",
    "random",
)
_ADCC = ("coherency", "complexity", "average_drop")  # of whose means the ADCC is made
Values = dict[str, np.ndarray]


def run(folder, sizes: Sizes, networks: tuple[str, ...] = (LITE,), methods: tuple[str, ...] = METHODS) -> None:
    """By network, precision, method and metric: the shift of the mean in points, with its 95 % interval."""
    sheet = Sheet(folder, "effect")
    lows = [p for p in ("bfloat16", "tf32", "float16") if p in sizes.precisions and _is_there(p)]
    for name in networks:
        full = _values(name, "float32", sizes, methods)
        for precision in lows:
            low = _values(name, precision, sizes, methods)
            for method in methods:
                for metric, (shift, half) in shifts(low[method], full[method]).items():
                    sheet.add(
                        precision=precision, network=name, device=card(), method=method, metric=metric,
                        images=len(full[method]["adcc"]), shift=shift, low=shift - half, high=shift + half,
                    )  # fmt: skip


def shifts(low: Values, full: Values) -> dict[str, tuple[float, float]]:
    """By metric, by how many points its mean moves, and half the 95 % interval; paired, by the jackknife."""
    found = {}
    for metric in full:
        if full[metric].dtype != bool:
            whole = _mean(low, metric) - _mean(full, metric)
            left = [_mean(low, metric, leave=n) - _mean(full, metric, leave=n) for n in range(len(full[metric]))]
            n = len(left)
            error = np.sqrt((n - 1) / n * ((left - np.mean(left)) ** 2).sum())
            found[metric] = (100 * whole, 100 * float(stats.t.ppf(0.975, n - 1)) * error)
    return found


def _mean(values: Values, metric: str, leave: int | None = None) -> float:
    """Mean over images, perhaps without one; of the ADCC, the ADCC of the means."""
    kept = slice(None) if leave is None else np.arange(len(values[metric])) != leave
    if metric != "adcc":
        return float(values[metric][kept].mean())
    coherency, complexity, drop = (values[name][kept].mean() for name in _ADCC)
    return float(3 / (1 / coherency + 1 / (1 - complexity) + 1 / (1 - drop)))


def _values(name: str, precision: str, sizes: Sizes, methods: tuple[str, ...]) -> dict[str, Values]:
    start(precision)
    found = _opened(name, precision, sizes)
    side, work = found.input_shape[0], Work(16 if device().type == "cpu" else 128, 8 if sizes.tiny else 28)
    images = photographs(side, sizes.photographs)
    clean = predicted(found, images, work.batch)
    return {method: made(found, images, method, work, clean).metrics for method in methods}


def _opened(name: str, precision: str, sizes: Sizes) -> Probe:
    side = 64 if sizes.tiny else {"efficientnet-lite1": 240, "efficientnet-lite2": 260}.get(name, 224)
    batch = 16 if device().type == "cpu" else 128
    if precision == "float16":
        return lowered(probe(name, side, "float32", batch), DTYPES[precision])
    return probe(name, side, precision, batch)


def _is_there(precision: str) -> bool:
    return device().type == "cuda" or precision == "bfloat16"


if __name__ == "__main__":
    out = Path("results/gpu")
    out.mkdir(parents=True, exist_ok=True)
    run(out, Sizes(False), tuple(sys.argv[1:]) or (LITE,))
