"""Whether a GPU gives what the CPU gives, method by method and metric by metric, in float32."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from pipeline import Columns, Made, Work, explained, made, masking_of, predicted
from scene import LITE, Sizes, device, network, open_network, photographs, start
from sheet import Sheet

from cambench import methods
from cambench.errors import InputError
from cambench.masks import scale
from cambench.networks.describe import seen
from cambench.networks.probe import Probe
from cambench.stages.metrics import ill_conditioned

_METRICS_OF = (
    "gradcam",
    "reciprocam",
    "random",
)  # whose every stage is compared; with trained weights Score-CAM's, too
# One or more of each kind of question that a method asks a network.
_METHODS = [
    *("ablationcam", "attngradcam", "cam", "centre", "chefer", "eigencam", "fakecam", "gradcam", "gradcampp"),
    *("hirescam", "inputxgradient", "layercam", "legrad", "random", "rawattention", "reciprocam", "rollout"),
    *("scorecam", "shapleycam", "smoothgradcampp", "vitreciprocam", "xgradcam"),
]
_LIMIT = 1e-4
# A ReLU or ReLU6 after the target layer has a gradient that jumps: where rounding carries a value across 0 or 6, a cell
# of the gradient changes by a finite amount, on 8 photographs by up to 0.003 of a map's range.
_GATED = (LITE, "vgg16")
_OF_GRADIENTS = ("gradcam", "gradcampp", "smoothgradcampp", "xgradcam", "hirescam", "layercam")
_LIMIT_GATED = 1e-2
# Scaling divides by a map's range. A network of random weights may give values that nearly equal each other, whose
# rounding then shows: so many units in the last place of the largest value.
_ULPS = 64 * float(np.finfo(np.float32).eps)
_EDGE = 1e-6  # an Average Increase may differ where the two probabilities are as close as this
_FEW = 1  # images for methods that take hundreds of passes


class Moved(NamedTuple):
    """How far each image is moved, float (n,), and how far it may be."""

    by: np.ndarray
    limit: np.ndarray | float = _LIMIT


def run(folder, sizes: Sizes) -> bool:
    """Maps of methods of each kind, on four networks; all stages of some of them. Returns whether all agree."""
    sheet, names = Sheet(folder, "agreement"), ("resnet18", LITE, "vit_tiny_patch16_224", "vgg16")
    start("float32")
    agree = True
    for name in names[:1] if sizes.tiny else names:
        images = photographs(sizes.side)[: sizes.images]
        pair = _pair(name, sizes)
        facts = seen(pair[0], pair[0].prepare(images[:1]), count=False)
        clean = predicted(pair[0], images, 16)
        _compare(
            sheet, name, "predictions", {"probability": _moved(clean, predicted(pair[1], images, 16), "probability")}
        )
        for method in _METHODS:
            if methods.refusal(method, facts):
                continue
            costly = methods.facts(method).costly
            shown = images[: _FEW if costly else None]
            agree &= _agree(sheet, name, method, pair, shown, {key: clean[key][: len(shown)] for key in clean})
    return agree


def _pair(name: str, sizes: Sizes) -> tuple[Probe, Probe]:
    """A network on the CPU and, with the same weights, on the GPU."""
    import copy

    import torch

    here = network(name, sizes.side, torch.device("cpu"))
    there = copy.deepcopy(here).to(device())
    return tuple(open_network(name, found, sizes.side, "float32", 16) for found in (here, there))


def _agree(sheet: Sheet, name: str, method: str, pair: tuple, images: np.ndarray, clean: Columns) -> bool:
    work = Work(16, 8)
    try:
        if method not in _METRICS_OF and (name, method) != (LITE, "scorecam"):
            here, there = (explained(probe, images, method, work, clean["target"]) for probe in pair)
            return _compare(sheet, name, method, {"map": _maps(name, method, here, there)})
        first = made(pair[0], images, method, work, clean)
        second = made(pair[1], images, method, work, clean, first.saliency["raw"])
    except InputError as error:
        sheet.add(network=name, method=method, value=str(error)[:100], images=0, largest="", limit="", agrees="refused")
        return True
    return _compare(sheet, name, method, dict(_of_stages(name, method, first, second)))


def _of_stages(name: str, method: str, here: Made, there: Made) -> Iterator[tuple[str, Moved]]:
    """By what is compared, how far each image is moved; each stage was given the CPU's results of those before."""
    yield "map", _maps(name, method, here.saliency, there.saliency)
    yield "masked probability", _moved(here.masked, there.masked, "probability")
    yield "second map", _maps(name, method, here.masked, there.masked)
    curves = [_moved(here.curves, there.curves, key).by.max(1) for key in ("deletion", "insertion")]
    yield "curves", Moved(np.maximum(*curves))
    undecided = np.abs(here.predictions["probability"] - here.masked["probability"]) < _EDGE
    # Coherency and what is made of it follow from the second map, and have its limit.
    second = _maps(name, method, here.masked, there.masked).limit
    for key in here.metrics:
        moved = np.abs(here.metrics[key].astype(float) - there.metrics[key].astype(float))
        moved = np.where(undecided, 0, moved) if key == "average_increase" else moved
        yield key, Moved(moved, second if key in ("coherency", "complexity", "adcc") else _LIMIT)


def _maps(name: str, method: str, here: Columns, there: Columns) -> Moved:
    """Largest difference of each scaled map, 0 where rounding decides the map; and what it may be."""
    relu = masking_of(method).relu
    S, T = (scale(found["raw"], relu).maps for found in (here, there))
    doubtful = ill_conditioned(here["condition"], np.zeros_like(here["condition"]), "float32")
    raw = np.maximum(here["raw"], 0) if relu else here["raw"]
    most, spread = np.abs(here["raw"]).max((1, 2)), np.ptp(raw, (1, 2))
    least = _LIMIT_GATED if name in _GATED and method in _OF_GRADIENTS else _LIMIT
    limit = np.maximum(least, _ULPS * most / np.where(spread > 0, spread, np.inf))
    return Moved(np.where(doubtful, 0, np.abs(S - T).max((1, 2))), limit)


def _moved(here: Columns, there: Columns, key: str) -> Moved:
    return Moved(np.abs(here[key] - there[key]))


def _compare(sheet: Sheet, name: str, method: str, found: dict[str, Moved]) -> bool:
    agree = True
    for value, moved in found.items():
        worst = int(np.argmax(moved.by / moved.limit))
        agrees = bool(moved.by[worst] <= np.broadcast_to(moved.limit, moved.by.shape)[worst])
        agree &= agrees
        sheet.add(
            network=name, method=method, value=value, images=len(moved.by), largest=float(moved.by.max()),
            limit=float(np.broadcast_to(moved.limit, moved.by.shape)[worst]), agrees="yes" if agrees else "NO",
        )  # fmt: skip
    return agree
