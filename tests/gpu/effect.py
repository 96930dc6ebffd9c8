"""What a lower precision does to every metric's mean, against float32, on trained weights and crops of photographs.

    python tests/gpu/effect.py [--emulate] efficientnet-lite0 ...

Run by itself, it measures bfloat16 on this machine's processor, in fewer images; with `--emulate`, it emulates TF32.
Every stage runs in the precision, predictions too. Crops of a photograph are alike, so intervals are made by leaving
out one photograph at a time.
"""

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from emulated import Tf32
from pipeline import Work, made, predicted
from scene import LITE, Sizes, card, crops, device, probe, start
from scipy import stats
from sheet import Sheet, read

METHODS = ("gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "reciprocam", "fakecam", "random")
COSTLY = "scorecam"
PHOTOGRAPHS = 20
_SIDES = {"efficientnet-lite0": 224, "efficientnet-lite1": 240, "efficientnet-lite2": 260}
_ADCC = ("coherency", "complexity", "average_drop")  # of whose means the ADCC is made
Values = dict[str, np.ndarray]


def run(folder, sizes: Sizes, networks: tuple[str, ...] = (LITE,), emulate: bool = False) -> None:
    """By network, precision, method and metric: the shift of the mean in points, with its 95 % interval.

    **Arguments:** `emulate`: whether to emulate TF32 where there is none.
    """
    sheet, cuda = Sheet(folder, "effect"), device().type == "cuda"
    lows = ("tf32", "bfloat16") if cuda else ("tf32",) if emulate else ("bfloat16",)
    where = "emulated, CPU with float32" if emulate and not cuda else card()
    methods = METHODS if sizes.costly == 0 else (*METHODS, COSTLY)
    full = {name: _values(folder, name, "float32", sizes, methods) for name in networks}
    for precision in lows:
        for name in networks:
            low = _values(folder, name, precision, sizes, methods)
            for method in methods:
                for metric, (shift, half) in shifts(low[method], full[name][method]).items():
                    sheet.add(
                        precision=precision, network=name, device=where, method=method, metric=metric,
                        images=len(low[method]["adcc"]), shift=shift, low=shift - half, high=shift + half,
                    )  # fmt: skip
    _worst(folder)


def _worst(folder) -> None:
    """Rows of reference/tf32.csv and bfloat16.csv: of each metric, the method whose mean moves most.

    Without Fake-CAM, whose masks hide next to nothing: rounding alone decides whether a probability rises.
    """
    rows, sheet = [row for row in read(folder, "effect") if row["method"] != "fakecam"], Sheet(folder, "reference")
    keys = dict.fromkeys((row["precision"], row["network"], row["device"], row["metric"]) for row in rows)
    for key in keys:
        ours = [row for row in rows if (row["precision"], row["network"], row["device"], row["metric"]) == key]
        worst = max(ours, key=lambda row: abs(float(row["shift"])))
        values = {name: f"{float(worst[name]):.3f}" for name in ("shift", "low", "high")}
        named = dict(zip(("precision", "network", "device", "metric"), key, strict=True))
        sheet.add(**named, method=worst["method"], images=worst["images"], **values)


def shifts(low: Values, full: Values) -> dict[str, tuple[float, float]]:
    """By metric, by how many points its mean moves, and half the 95 % interval; paired, by the jackknife."""
    found = {}
    for metric in full:
        if full[metric].dtype != bool:
            whole = _mean(low, metric) - _mean(full, metric)
            n = min(PHOTOGRAPHS, len(full[metric]))
            left = [_mean(low, metric, n, leave) - _mean(full, metric, n, leave) for leave in range(n)]
            error = np.sqrt((n - 1) / n * ((left - np.mean(left)) ** 2).sum())
            found[metric] = (100 * whole, 100 * float(stats.t.ppf(0.975, n - 1)) * error)
    return found


def _mean(values: Values, metric: str, photographs: int = 1, leave: int | None = None) -> float:
    """Mean over images, perhaps without those of one photograph; of the ADCC, the ADCC of the means."""
    kept = np.arange(len(values[metric])) % photographs != leave
    if metric != "adcc":
        return float(values[metric][kept].mean())
    coherency, complexity, drop = (values[name][kept].mean() for name in _ADCC)
    return float(3 / (1 / coherency + 1 / (1 - complexity) + 1 / (1 - drop)))


def _values(folder, name: str, precision: str, sizes: Sizes, methods: tuple[str, ...]) -> dict[str, Values]:
    emulated = precision == "tf32" and device().type == "cpu"
    start("float32" if emulated else precision, 4)
    with Tf32() if emulated else nullcontext():
        return _measured(folder, name, "float32" if emulated else precision, sizes, methods)


def _measured(folder, name: str, precision: str, sizes: Sizes, methods: tuple[str, ...]) -> dict[str, Values]:
    side, batch = 64 if sizes.tiny else _SIDES[name], 16 if device().type == "cpu" else 128
    found = probe(name, side, precision, batch)
    images, work = crops(side, sizes.crops, folder), Work(batch, 16 if sizes.tiny else 224, 4)
    clean = predicted(found, images, batch)
    values = {}
    for method in methods:
        shown = slice(sizes.costly if method == COSTLY else None)
        given = {key: column[shown] for key, column in clean.items()}
        values[method] = made(found, images[shown], method, work, given).metrics
    return values


if __name__ == "__main__":
    out = Path("results/gpu")
    out.mkdir(parents=True, exist_ok=True)
    named = tuple(name for name in sys.argv[1:] if name != "--emulate")
    run(out, replace(Sizes(False), crops=60, costly=0), named or (LITE,), emulate="--emulate" in sys.argv)
