"""What each option gives, alone: passes per second forward and in Score-CAM, beside what the package does."""

import time
from collections.abc import Iterable

import rates
import torch
from scene import Sizes, card, device, start
from sheet import Sheet
from variants import AS_IT_IS, COMPILED, FULL, LOW, Variant, opened

from cambench.networks.outputs import noise
from cambench.networks.probe import Probe

_FEW = ("batch norms folded", "CUDA graph", "masking in one kernel", "convolution with sum and ReLU")


def run(folder, sizes: Sizes) -> None:
    """All but torch.compile, which takes long."""
    tails(folder, sizes)
    first, *others = sizes.chosen
    few = [variant for variant in LOW if variant.name.startswith(_FEW)]
    _try(Sheet(folder, "choices"), sizes, first, "bfloat16", LOW)
    _try(Sheet(folder, "choices"), sizes, first, "float32", FULL)
    for name in others:
        _try(Sheet(folder, "choices"), sizes, name, "bfloat16", few)
    if not sizes.tiny:
        _try(Sheet(folder, "choices"), sizes, first, "tf32", FULL)


def run_compiled(folder, sizes: Sizes) -> None:
    """Ways to compile a network."""
    for name in sizes.chosen[:1]:
        _try(Sheet(folder, "compiled"), sizes, name, "bfloat16", COMPILED[: 1 if sizes.tiny else 2])


def run_tuned(folder, sizes: Sizes) -> None:
    """The way that takes longest."""
    _try(Sheet(folder, "compiled"), sizes, sizes.chosen[0], "bfloat16", COMPILED[2:] if not sizes.tiny else ())


def _try(sheet: Sheet, sizes: Sizes, name: str, precision: str, variants: Iterable[Variant]) -> None:
    start(precision)
    first = None
    for variant in (AS_IT_IS, *variants, AS_IT_IS):
        began = time.perf_counter()
        try:
            with opened(variant, name, sizes.side, precision, sizes.batch) as probe:
                logits = _logits(probe, sizes)
                alone = rates.forward(probe, sizes.batch, sizes)
                found = {"forward": alone, "scorecam": rates.scorecam(probe, sizes, alone)}
        except Exception as error:  # an option that does not work is a finding
            said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            sheet.add(card=card(), network=name, precision=precision, option=variant.name, forward=said)
            continue
        first = first or (found, logits)
        gains = {f"{key}_gain_%": 100 * (found[key] / first[0][key] - 1) for key in found}
        moved = float((logits - first[1]).abs().max() / first[1].abs().max())
        sheet.add(
            card=card(), network=name, precision=precision, option=variant.name, **found, **gains, logits_moved=moved,
            seconds=time.perf_counter() - began,
        )  # fmt: skip
        del probe
        if device().type == "cuda":
            torch.cuda.empty_cache()


@torch.no_grad()
def _logits(probe: Probe, sizes: Sizes) -> torch.Tensor:
    return probe.changed(noise(probe.input_shape, probe.device, (1.0,) * sizes.batch)).cpu()


def tails(folder, sizes: Sizes) -> None:
    """Seconds that the first batch of a size costs beyond the next one of that size: what a tail of its own costs."""
    sheet = Sheet(folder, "tails")
    for precision in ("bfloat16", "float32"):
        start(precision)
        probe = rates.opened(sizes.chosen[0], sizes, precision)
        for size in (sizes.batch, sizes.batch - 1, sizes.batch // 2 + 3, sizes.batch // 2 + 1):
            inputs = noise(probe.input_shape, probe.device, (1.0,) * size)
            taken = [_seconds(probe, inputs) for _ in range(3)]
            sheet.add(network=sizes.chosen[0], precision=precision, size=size, first=taken[0], then=min(taken[1:]))


@torch.no_grad()
def _seconds(probe: Probe, inputs: torch.Tensor) -> float:
    began = time.perf_counter()
    probe.changed(inputs).cpu()
    return time.perf_counter() - began
