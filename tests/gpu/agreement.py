"""Whether a GPU gives what the CPU gives, method by method and metric by metric, in float32."""

from collections.abc import Iterator

import numpy as np
from pipeline import Columns, Made, Work, explained, made, masking_of, predicted
from scene import LITE, Sizes, device, network, open_network, photographs, start
from sheet import Sheet

from cambench import methods
from cambench.errors import InputError
from cambench.masks import scale
from cambench.networks.probe import Probe
from cambench.stages.metrics import ill_conditioned

_METRICS_OF = (
    "gradcam",
    "reciprocam",
    "random",
)  # whose every stage is compared; with trained weights Score-CAM's, too
_LIMIT = 1e-4
_EDGE = 1e-6  # an Average Increase may differ where the two probabilities are as close as this
_FEW = 2  # images for methods that take hundreds of passes


def run(folder, sizes: Sizes) -> bool:
    """Maps of every method that applies, on four networks; all stages of some of them. Returns whether all agree."""
    sheet, names = Sheet(folder, "agreement"), (LITE, "vit_tiny_patch16_224", "resnet18", "vgg16")
    start("float32", 8)
    agree = True
    for name in names[2:3] if sizes.tiny else names:
        images = photographs(sizes.side)[: sizes.images]
        pair = _pair(name, sizes)
        clean = predicted(pair[0], images, 16)
        _compare(
            sheet, name, "predictions", {"probability": _moved(clean, predicted(pair[1], images, 16), "probability")}
        )
        for method in methods.names():
            if method == "file" or methods.refusal(method, _facts(pair[0])):
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


def _facts(probe: Probe) -> dict:
    """Of a network, what methods' checks ask for."""
    return {
        "channels": probe._sampled[1].shape[1],
        "linear_head": probe.classifier is not None,
        "head_alone": probe.head is not None,
        "attention": probe.blocks.refusal is None,
        "no_attention": probe.blocks.refusal,
        "blocks": len(probe.blocks),
        "queries": probe.blocks.query,
        "layout": probe.layout.kind,
        "prefix": probe.layout.prefix,
    }


def _agree(sheet: Sheet, name: str, method: str, pair: tuple, images: np.ndarray, clean: Columns) -> bool:
    work = Work(16, 8)
    try:
        if method not in _METRICS_OF and (name, method) != (LITE, "scorecam"):
            here, there = (explained(probe, images, method, work, clean["target"]) for probe in pair)
            return _compare(sheet, name, method, {"map": _maps(method, here, there)})
        first = made(pair[0], images, method, work, clean)
        second = made(pair[1], images, method, work, clean, first.saliency["raw"])
    except InputError as error:
        sheet.add(network=name, method=method, value=str(error)[:100], images=0, largest="", limit="", agrees="refused")
        return True
    return _compare(sheet, name, method, dict(_of_stages(method, first, second)))


def _of_stages(method: str, here: Made, there: Made) -> Iterator[tuple[str, np.ndarray]]:
    """By what is compared, how far each image is moved; each stage was given the CPU's results of those before."""
    yield "map", _maps(method, here.saliency, there.saliency)
    yield "masked probability", _moved(here.masked, there.masked, "probability")
    yield "second map", _maps(method, here.masked, there.masked)
    yield "curves", np.maximum(*(_moved(here.curves, there.curves, key).max(1) for key in ("deletion", "insertion")))
    undecided = np.abs(here.predictions["probability"] - here.masked["probability"]) < _EDGE
    for key in here.metrics:
        moved = np.abs(here.metrics[key].astype(float) - there.metrics[key].astype(float))
        yield key, np.where(undecided, 0, moved) if key == "average_increase" else moved


def _maps(method: str, here: Columns, there: Columns) -> np.ndarray:
    """Largest difference of each scaled map; 0 where rounding decides the map."""
    relu = masking_of(method).relu
    S, T = (scale(found["raw"], relu).maps for found in (here, there))
    doubtful = ill_conditioned(here["condition"], np.zeros_like(here["condition"]), "float32")
    return np.where(doubtful, 0, np.abs(S - T).max((1, 2)))


def _moved(here: Columns, there: Columns, key: str) -> np.ndarray:
    return np.abs(here[key] - there[key])


def _compare(sheet: Sheet, name: str, method: str, found: dict[str, np.ndarray]) -> bool:
    agree = True
    for value, moved in found.items():
        most = float(np.max(moved))
        agrees = most <= _LIMIT
        agree &= agrees
        sheet.add(
            network=name, method=method, value=value, images=len(moved), largest=most, limit=_LIMIT,
            agrees="yes" if agrees else "NO",
        )  # fmt: skip
    return agree
