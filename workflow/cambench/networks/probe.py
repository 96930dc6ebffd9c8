"""A network at its target layer: forward passes that keep or replace the layer's output, and the head alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from ..images.sizes import input_shape
from ..store.reader import Rows
from .batches import Batches
from .build import normalise
from .head import Head
from .outputs import logits_of, noise

_HEAD_BATCHES = 8  # activations are smaller than inputs, so the head takes more at once


@dataclass(frozen=True)
class Shard:
    """The images of a job: `pixels` uint8 (n, H, W, 3), their `classes` and `seeds` int64 (n,).

    `first` is the row of the first one in the manifest.
    """

    pixels: Rows
    classes: np.ndarray
    seeds: np.ndarray | None = None  # needed by methods alone
    first: int = 0


class Probe:
    """A network, opened at its target layer. It leaves the network as it is.

    A stage makes a `Batch` of each batch of images; the method asks the batch for what it needs.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: str,
        preprocessing: dict,
        *,
        batch: int = 16,
        precision: str = "float32",
        compiled: bool = False,
        folded: int = 0,
        batches: type[Batches] = Batches,
    ) -> None:
        """`batch` inputs are forwarded at once; `folded` is the number of batch norms folded beforehand.

        **Raises:** `InputError` if logits of noise are not finite, or do not follow from the layer.
        """
        self.network, self.layer, self.preprocessing, self.folded = network, layer, preprocessing, folded
        self.device = next(network.parameters()).device
        self.inputs, self.heads = batches(batch), batches(batch * _HEAD_BATCHES)
        self._target, self._precision = network.get_submodule(layer), precision
        self._compiled = torch.compile(network, dynamic=False, options={"freezing": True}) if compiled else None
        self._sample = noise(input_shape(preprocessing), self.device)
        self._sampled = self._tried()
        self.map_shape, self.input_shape = _sides(self._sampled[1]), _sides(self._sample)

    def prepare(self, pixels: np.ndarray) -> torch.Tensor:
        """Network input, float32 (n, 3, H, W), normalised, from stored pixels, uint8 (n, H, W, 3)."""
        tensor = torch.from_numpy(np.ascontiguousarray(pixels))
        if self.device.type == "cuda":
            tensor = tensor.pin_memory()
        return normalise(tensor.to(self.device, non_blocking=True), self.preprocessing)

    def cut(self, inputs: torch.Tensor, leaf: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and A of one forward pass; with `leaf`, the graph from A to the logits is kept, and A is its leaf."""
        seen: list[torch.Tensor] = []

        def keep(output: torch.Tensor) -> torch.Tensor:
            seen.append(output.detach().float().requires_grad_(leaf))
            # A copy, because many networks go on with an in-place ReLU that would change the leaf.
            return seen[-1].to(output.dtype, copy=True)

        with self._at_layer(keep), torch.set_grad_enabled(leaf):
            return self.run(self.network, inputs), seen[-1]

    def replaced(self, inputs: torch.Tensor, activations: torch.Tensor) -> torch.Tensor:
        """Logits of a forward pass whose target layer returns `activations` (n, K, h, w)."""
        with self._at_layer(lambda _: activations):
            return self.run(self.network, inputs)

    def changed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Logits of inputs; a compiled network is compiled for full batches, so a last one is filled up."""
        if self._compiled is None:
            return self.run(self.network, inputs)
        missing = inputs[:1].expand(self.inputs.size - len(inputs), -1, -1, -1)
        return self.run(self._compiled, torch.cat([inputs, missing]))[: len(inputs)]

    def run(self, function: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Logits float32 (n, classes), computed in the probe's precision."""
        low = self._precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16) if low else nullcontext():
            return logits_of(function(inputs)).float()

    @cached_property
    def head(self) -> Head | None:
        """The head alone, or None where it needs more than the layer's output."""
        logits, seen = self._sampled
        with torch.no_grad():
            try:
                head = Head(self.network, self._target, self._sample)
                return head if torch.allclose(self.run(head, seen), logits, rtol=1e-3, atol=1e-4) else None
            except Exception:  # it mixes in what came before the layer, or is code that no `meta` tensor suits
                return None

    @cached_property
    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None.

        The probe's precision does not count: what the head is made of shows in float32.
        """
        calls, logits, A = self._linear_calls()
        if not calls:
            return None
        layer, pooled, output = calls[-1]
        same = _equal(pooled, A.mean((2, 3)), rtol=1e-3, atol=1e-5) and _equal(output, logits)
        return layer.weight if same else None

    def _linear_calls(self) -> tuple[list[tuple[nn.Linear, torch.Tensor, torch.Tensor]], torch.Tensor, torch.Tensor]:
        """Linear layers with their input and output in a pass of noise in float32, its logits, and A."""
        calls: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
        seen: list[torch.Tensor] = []

        def note(module: nn.Linear, args: tuple, kwargs: dict, output: torch.Tensor) -> None:
            calls.append((module, [*args, *kwargs.values()][0], output.clone()))

        linear = [module for module in self.network.modules() if isinstance(module, nn.Linear)]
        handles = [module.register_forward_hook(note, with_kwargs=True) for module in linear]
        # Copies, because many networks go on in place.
        handles.append(self._target.register_forward_hook(lambda _, __, output: seen.append(output.clone())))
        try:
            with torch.no_grad():
                return calls, logits_of(self.network(self._sample)), seen[-1]
        finally:
            for handle in handles:
                handle.remove()

    def _tried(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and A of noise."""
        logits, A = self.cut(self._sample, leaf=True)
        if not logits.is_meta and not logits.isfinite().all():
            raise InputError("its logits of an image of noise are not finite")
        if not logits.requires_grad:
            raise InputError(f"no gradient reaches layer {self.layer!r} from the logits; name another layer")
        return logits.detach(), A.detach()

    @contextmanager
    def _at_layer(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
        """Within this context, `change(output)` takes the place of the target layer's output."""
        handle = self._target.register_forward_hook(lambda _, __, output: change(output))
        try:
            yield
        finally:
            handle.remove()


def _equal(one: torch.Tensor, other: torch.Tensor, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=rtol, atol=atol)


def _sides(tensor: torch.Tensor) -> tuple[int, int]:
    return tensor.shape[2], tensor.shape[3]
