"""Batches: too large for the memory, of any size, and memory that stays flat."""

from contextlib import contextmanager

import numpy as np
import torch
from pipeline import Work, explained, made, masking_of, predicted
from scene import Sizes, device, photographs, pixels, probe, start
from sheet import Sheet

from cambench.masks import scale

_LEFT = 6 << 30  # bytes of the GPU's memory that a job is left with
_LIMIT = {"float32": 1e-4, "bfloat16": 0.25}


def run_halved(folder, sizes: Sizes) -> bool:
    """A batch that does not fit is halved until it does, and the results are those of a small one."""
    sheet, agree = Sheet(folder, "halved"), True
    start("float32")
    many, few = (16, 4) if sizes.tiny else (4096, 64)
    images = pixels(many, sizes.side)
    for method, shown in (("gradcam", images), ("scorecam", images[: 2 if sizes.tiny else 8])):
        small = probe("resnet18", sizes.side, "float32", few)
        classes = predicted(small, shown, few)["target"]
        expected = explained(small, shown, method, Work(few), classes)
        large = probe("resnet18", sizes.side, "float32", many)
        with _crowded(large, few):
            found = explained(large, shown, method, Work(many), classes)
        moved = float(np.abs(scale(found["raw"], True).maps - scale(expected["raw"], True).maps).max())
        halved = large.inputs.size if method == "scorecam" else "in stage saliency"
        passes = bool((found["passes"] == expected["passes"]).all())
        agree &= moved <= 1e-4 and passes
        sheet.add(
            method=method,
            images=len(shown),
            asked=many,
            used=halved,
            map_moved=moved,
            passes="same" if passes else "NO",
        )
    return agree


@contextmanager
def _crowded(found, few: int):
    """Take most of the GPU's memory away; on a CPU, have batches above `few` run out of it."""
    if device().type == "cuda":
        torch.cuda.empty_cache()
        free = torch.cuda.mem_get_info()[0]
        taken = torch.empty(max(0, free - _LEFT), dtype=torch.uint8, device=device())
        try:
            yield
        finally:
            del taken
            torch.cuda.empty_cache()
        return

    def refuse(_, inputs):
        if len(inputs[0]) > few:
            raise torch.OutOfMemoryError

    handle = found.network.register_forward_pre_hook(refuse)
    yield
    handle.remove()


def run_batches(folder, sizes: Sizes) -> bool:
    """Results in batches of one, of a few and of many."""
    sheet, agree = Sheet(folder, "any_batch"), True
    images = photographs(sizes.side, 2 if sizes.tiny else 20)
    for precision in ("float32", "bfloat16"):
        start(precision)
        for method in ("gradcam", "layercam", "reciprocam", "scorecam"):
            shown = images[: 2 if method == "scorecam" else len(images)]
            found = probe("resnet18", sizes.side, precision, 16)
            clean = predicted(found, shown, 16)
            reference = made(found, shown, method, Work(16, 8), clean)
            for batch in (3, 128) if method == "scorecam" else (1, 3, 128):
                agree &= _same(sheet, sizes, precision, method, batch, reference, (shown, clean))
    return agree


def _same(sheet: Sheet, sizes: Sizes, precision: str, method: str, batch: int, reference, given) -> bool:
    found = probe("resnet18", sizes.side, precision, batch)
    again = made(found, given[0], method, Work(batch, 8), given[1], reference.saliency["raw"])
    relu = masking_of(method).relu
    S, T = (scale(item.saliency["raw"], relu).maps for item in (reference, again))
    ours = {
        key: np.abs(reference.metrics[key].astype(float) - again.metrics[key].astype(float)) for key in again.metrics
    }
    moved = {key: float(value.max()) for key, value in ours.items() if key != "average_increase"}
    worst = max(moved, key=moved.get)
    most, limit = max(float(np.abs(S - T).max()), moved[worst]), _LIMIT[precision]
    sheet.add(
        precision=precision, method=method, batch=f"{batch} against 16", map_moved=float(np.abs(S - T).max()),
        metric_moved=moved[worst], metric=worst, limit=limit, agrees="yes" if most <= limit else "NO",
    )  # fmt: skip
    return most <= limit
