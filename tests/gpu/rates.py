"""Passes per second of the paper's networks in each precision, beside the bare forward pass."""

import numpy as np
import torch
from pipeline import Work
from rate import rate
from scene import Sizes, card, device, network, pixels, probe, shard, start
from sheet import Sheet
from variants import DTYPES, lowered

from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.outputs import logits_of, noise
from cambench.networks.probe import Probe
from cambench.stages import curves, saliency


def run(folder, sizes: Sizes) -> None:
    """For each precision and network: the module as it comes; ours alone, in Score-CAM and in curves."""
    for precision in sizes.precisions[:3]:
        _measure(folder, sizes, precision)


def run_float16(folder, sizes: Sizes) -> None:
    """The same in the precision that jobs do not have."""
    for precision in sizes.precisions[3:]:
        _measure(folder, sizes, precision)


def _measure(folder, sizes: Sizes, precision: str) -> None:
    for name in sizes.networks:
        start(precision)
        found = opened(name, sizes, precision)
        alone = forward(found, sizes.batch, sizes)
        Sheet(folder, "rates").add(
            card=card(),
            network=f"{name} (random weights)",
            precision=precision,
            batch=sizes.batch,
            bare=bare(name, sizes, precision),
            forward=alone,
            scorecam=scorecam(found, sizes, alone),
            curves=drawn(found, sizes, alone),
        )
        if name in sizes.chosen[:2] and precision in ("bfloat16", "float32"):
            for batch in sizes.batches:
                row = {"network": name, "precision": precision, "batch": batch}
                Sheet(folder, "batches").add(**row, forward=forward(found, batch, sizes))
        del found
        if device().type == "cuda":
            torch.cuda.empty_cache()


def opened(name: str, sizes: Sizes, precision: str) -> Probe:
    """A network as jobs have it; float16, which they do not have, as they do bfloat16."""
    if precision == "float16":
        return lowered(probe(name, sizes.side, "float32", sizes.batch), DTYPES[precision])
    return probe(name, sizes.side, precision, sizes.batch)


@torch.no_grad()
def bare(name: str, sizes: Sizes, precision: str) -> float:
    """Passes per second of the module as it comes: batch norms, NCHW, autocast for the low precisions."""
    where = device()
    found = network(name, sizes.side, where).to(memory_format=torch.contiguous_format)
    inputs = noise((sizes.side, sizes.side), where, (1.0,) * sizes.batch).contiguous()
    dtype = DTYPES.get(precision)

    def call() -> torch.Tensor:
        with torch.autocast(where.type, dtype, enabled=dtype is not None):
            return logits_of(found(inputs))

    return rate(call, sizes.batch, sizes.seconds, where)


@torch.no_grad()
def forward(found: Probe, batch: int, sizes: Sizes) -> float:
    """Passes per second of our forward pass alone, on inputs that are there."""
    inputs = noise(found.input_shape, found.device, (1.0,) * batch)
    return rate(lambda: found.changed(inputs), batch, sizes.seconds, found.device)


def scorecam(found: Probe, sizes: Sizes, alone: float) -> float:
    """Passes per second of stage `saliency` with Score-CAM."""
    channels = found._sampled[1].shape[1]
    images = max(1, min(8, round(alone * sizes.seconds / channels)))
    given = shard(found, pixels(images, found.input_shape[0]))
    method = bind("scorecam", {}, sizes.batch)
    passes = int(gathered(saliency.explain(found, method, given, found.map_shape))["passes"].sum())
    call = lambda: gathered(saliency.explain(found, method, given, found.map_shape))  # noqa: E731
    return rate(call, passes, sizes.seconds, found.device, warm=True)


def drawn(found: Probe, sizes: Sizes, alone: float) -> float:
    """Passes per second of stage `curves`: eight points of each curve, drawn from 224 steps."""
    settings = Work(sizes.batch, 224, 8).curves(found.input_shape)
    images = max(1, min(300, round(alone * sizes.seconds / 17)))
    given = shard(found, pixels(images, found.input_shape[0]))
    raw = np.random.default_rng(0).random((images, 7, 7), np.float32)
    p = np.full(images, 0.5)
    call = lambda: gathered(curves.draw(found, given, raw, p, Masking(), settings, sizes.batch))  # noqa: E731
    return rate(call, int(call()["passes"].sum()), sizes.seconds, found.device, warm=True)
