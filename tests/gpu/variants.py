"""Options that might make passes faster, each alone on top of what the package does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from unittest.mock import patch

import fused
import torch
from scene import device, network, open_network

from cambench.methods import scorecam
from cambench.networks import device as machine
from cambench.networks.outputs import logits_of, noise
from cambench.networks.probe import Probe

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
Pass = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Variant:
    """An option; the defaults are what the package does today."""

    name: str
    channels_last: bool | None = None
    folded: bool | None = None
    deterministic: bool = True
    searched: bool = False  # cudnn.benchmark
    converted: bool = False  # weights cast once, instead of autocast at each pass
    rectified: bool = False  # convolution, bias and ReLU in one; its answers are wrong in tf32 and bfloat16
    added: bool = False  # also the sum of residual blocks
    compiled: str | None = None  # a mode of torch.compile, or "package" for how the package does it
    graphed: bool = False  # CUDA graphs
    masked: bool = False  # Score-CAM's inputs from one kernel


AS_IT_IS = Variant("as it is")
LOW = (  # for bfloat16 and float16
    Variant("NCHW", channels_last=False),
    Variant("batch norms folded", folded=True),
    Variant("cudnn.benchmark", searched=True),
    Variant("not deterministic", deterministic=False),
    Variant("weights converted once", converted=True),
    Variant("CUDA graph", graphed=True),
    Variant("masking in one kernel", masked=True),
    Variant("convolution with ReLU", folded=True, converted=True, rectified=True),
    Variant("convolution with sum and ReLU", folded=True, converted=True, added=True),
)
FULL = (  # for float32 and tf32
    Variant("NCHW", channels_last=False),
    Variant("channels-last", channels_last=True),
    Variant("batch norms folded", folded=True),
    Variant("cudnn.benchmark", searched=True),
    Variant("convolution with sum and ReLU", folded=True, added=True),
)
COMPILED = (
    Variant("compile: true, as the package does", compiled="package"),
    Variant("converted, torch.compile", converted=True, compiled="default"),
    Variant("converted, torch.compile, CUDA graphs", converted=True, compiled="reduce-overhead"),
    Variant("converted, torch.compile, tuned", converted=True, compiled="max-autotune-no-cudagraphs"),
)
_ALWAYS = 1 << 40  # inputs forwarded, as it were, after which a network is compiled


@contextmanager
def opened(variant: Variant, name: str, side: int, precision: str, batch: int) -> Iterator[Probe]:
    """A network, opened with an option; afterwards the process is as it was."""
    usual = machine.arranged
    flags = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark

    def arranged(*given) -> machine.Arranged:
        chosen = {"channels_last": variant.channels_last, "folded": variant.folded}
        return usual(*given)._replace(**{key: value for key, value in chosen.items() if value is not None})

    masking = patch.object(scorecam, "_scores", fused.scores(DTYPES.get(precision, torch.float32)))
    low = precision in DTYPES
    try:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = variant.deterministic, variant.searched
        with patch.object(machine, "arranged", arranged):
            compiled = {"compile": True} if variant.compiled == "package" else {}
            found = network(name, side, device())
            probe = open_network(name, found, side, "float32" if low else precision, batch, **compiled)
        _change(probe, variant, DTYPES.get(precision), batch)
        with masking if variant.masked else nullcontext():
            yield probe
    finally:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = flags


def lowered(probe: Probe, dtype: torch.dtype | None) -> Probe:
    """A probe of float32 that runs in another type, as the package does bfloat16."""
    _change(probe, AS_IT_IS, dtype, probe.inputs.size)
    return probe


def _change(probe: Probe, variant: Variant, dtype: torch.dtype | None, batch: int) -> None:
    network, where = probe.network, probe.device
    if variant.converted and dtype:
        network.to(dtype)
    sample = noise(probe.input_shape, where)
    sample = sample.to(dtype) if variant.converted and dtype else sample
    if variant.rectified:
        fused.rectify(network, sample)
    if variant.added:
        fused.add(network)

    def run(function: Pass, inputs: torch.Tensor) -> torch.Tensor:
        inputs = inputs if probe._channels_last else inputs.contiguous()
        if dtype is None or variant.converted:
            return logits_of(function(inputs.to(dtype or inputs.dtype))).float()
        with torch.autocast(where.type, dtype):
            return logits_of(function(inputs)).float()

    probe.run = run
    if variant.compiled not in (None, "package"):
        options = {"mode": variant.compiled}
        probe._compiles, probe._compiled = True, torch.compile(network, dynamic=False, **options)
    probe._changed = _ALWAYS
    if variant.graphed and where.type == "cuda":
        kind = dtype if variant.masked and dtype else torch.float32
        probe.changed = _graphed(lambda x: run(network, x), batch, probe.input_shape, where, kind)


@torch.no_grad()
def _graphed(call: Pass, batch: int, shape: tuple[int, int], where: torch.device, kind: torch.dtype) -> Pass:
    """A pass of full batches as a CUDA graph; smaller ones are made as always."""
    still = noise(shape, where, (1.0,) * batch).to(kind)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call(still)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        logits = call(still)

    def changed(inputs: torch.Tensor) -> torch.Tensor:
        if len(inputs) != batch:
            return call(inputs)
        still.copy_(inputs)
        graph.replay()
        return logits.clone()

    return changed
