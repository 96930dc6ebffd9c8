"""A network at its target layer: forward passes that keep or replace the layer's output, and the head alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ..errors import InputError
from ..images.sizes import input_shape
from ..store.network import Network
from ..store.reader import Rows
from .batches import Batches
from .blocks import Blocks, find_blocks
from .build import normalise
from .classifier import linear_head
from .fold import Folds
from .head import Head
from .hooks import removed_after
from .layout import Layout, written
from .outputs import are_probabilities, logits_of, noise
from .positions import mixed
from .scores import Score
from .sending import sent

_COMPILED_AFTER = 10_000  # changed inputs of a job; compiling takes up to half a minute, so short jobs do not
_HEAD_BATCHES = 8  # activations are smaller than inputs, so the head takes more at once
_NONE = Folds()
_CONTRASTS = (0.5, 2.0, 3.0)  # of inputs unlike the two that a network is tried on first


@dataclass(frozen=True)
class Shard:
    """The images of a job: `pixels` uint8 (n, H, W, 3), their `classes` and `seeds` int64 (n,).

    `first` is the row of the first one in the manifest. `activations` float32 (n, K, h, w) are what the clean pass of
    stage `predictions` showed at the target layer, if that was kept; `scores` float32 (n, K) what stage
    `channel_scores` made of them, for a method that takes it.
    """

    pixels: Rows
    classes: np.ndarray
    seeds: np.ndarray | None = None  # needed by methods alone
    first: int = 0
    activations: Rows | None = None
    scores: Rows | None = None

    @property
    def known(self) -> tuple[Rows | None, Rows | None]:
        """What other stages have found of the clean images: `activations` and `scores`."""
        return self.activations, self.scores


class UnreachedError(InputError):
    """No logit depends on the target layer's map."""


class Cut(NamedTuple):
    """What a pass shows at the target layer.

    `logits` float32 (n, classes); `maps` A, float32 (n, K, h, w); `prefix` tokens (n, P, K), or None.
    """

    logits: torch.Tensor
    maps: torch.Tensor
    prefix: torch.Tensor | None


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
        layout: Layout | None = None,
        batch: int = 16,
        precision: str = "float32",
        compiled: bool = False,
        channels_last: bool = True,
        folded: Folds = _NONE,
        score: Score = "softmax",
        batches: type[Batches] = Batches,
        known: Network | None = None,
    ) -> None:
        """`layout` is that of the layer's output, a map by default; `batch` inputs are forwarded at once; `compiled` is
        for jobs that forward many; `channels_last` says how inputs lie in memory; `folded` what can be folded; `score`
        how logits become probabilities; `known` are the network's facts, with which it is not tried on noise again.

        **Raises:** `InputError` if logits of noise are not finite, or are probabilities; `UnreachedError` if none of
        them depends on the layer.
        """
        self.network, self.layer, self.preprocessing, self.folded = network, layer, preprocessing, folded
        self.layout, self.score = layout or Layout(), score
        self.device = next(network.parameters()).device
        self.inputs, self.heads = batches(batch), batches(batch * _HEAD_BATCHES)
        self.how: dict[str, Any] = {"batch": batch, "precision": precision, "compiled": compiled}  # for other layers
        self.how |= {"channels_last": channels_last, "folded": folded, "score": score, "batches": batches}
        self._target, self._precision = network.get_submodule(layer), precision
        self._channels_last, self._compiles, self._changed = channels_last, compiled, 0
        self._sample = noise(input_shape(preprocessing), self.device)
        self._known = known
        self.map_shape = (known["map"][0], known["map"][1]) if known else _sides(self._sampled[1])
        self.input_shape = _sides(self._sample)

    def prepare(self, pixels: np.ndarray) -> torch.Tensor:
        """Network input, float32 (n, 3, H, W), of pixels, uint8 (n, H, W, 3), or of normalised float32 (n, H, W, 3)."""
        sent = self._sent(pixels)
        return sent.clone().permute(0, 3, 1, 2) if sent.is_floating_point() else normalise(sent, self.preprocessing)

    def cut(self, inputs: torch.Tensor, leaf: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and A of one forward pass; with `leaf`, the graph from A to the logits is kept, and A is its leaf."""
        return self.opened(inputs, leaf)[:2]

    def opened(self, inputs: torch.Tensor, leaf: bool = False) -> Cut:
        """What `cut` gives, and the prefix tokens, which belong to no graph."""
        seen: list[tuple[torch.Tensor, torch.Tensor | None]] = []

        def keep(output: torch.Tensor) -> torch.Tensor:
            maps, prefix = self.layout.split(output.detach())
            if inputs.shape[2:] == self._sample.shape[2:]:  # images of other sizes have other maps
                self._check(maps)
            seen.append((maps.float().requires_grad_(leaf), prefix))
            # A copy, because many networks go on with an in-place ReLU that would change the leaf.
            return self.layout.join(seen[-1][0].to(output.dtype, copy=prefix is None), prefix)

        with self._at_layer(keep), torch.set_grad_enabled(leaf):
            return Cut(self.run(self.network, inputs), *seen[-1])

    def replaced(self, inputs: torch.Tensor, activations: torch.Tensor, zero: bool = False) -> torch.Tensor:
        """Logits of a forward pass whose target layer's map is `activations` (n, K, h, w).

        Prefix tokens stay what they are for the inputs, unless they are to be `zero`.
        """

        def change(output: torch.Tensor) -> torch.Tensor:
            prefix = self.layout.split(output)[1]
            return self.layout.join(activations, torch.zeros_like(prefix) if zero and prefix is not None else prefix)

        with self._at_layer(change):
            return self.run(self.network, inputs)

    def headed(self, head: Head, activations: torch.Tensor, prefix: torch.Tensor | None = None) -> torch.Tensor:
        """Logits of the head alone on a map (n, K, h, w) and prefix tokens (n, P, K)."""
        return self.run(head, self.layout.join(activations, prefix))

    def resumed(self, head: Head, maps: np.ndarray) -> Cut:
        """What `opened` gave for images, with A as a leaf, of the maps that it showed; the head alone is run."""
        leaf = self._sent(maps).requires_grad_()
        with torch.enable_grad():
            return Cut(self.headed(head, leaf.clone()), leaf, None)  # a copy, as there

    def changed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Logits of inputs; a compiled network is compiled for full batches, so a last one is filled up."""
        self._changed += len(inputs)
        if not self._compiles or self._changed <= _COMPILED_AFTER:
            return self.run(self.network, inputs)
        missing = inputs[:1].expand(self.inputs.size - len(inputs), -1, -1, -1)
        return self.run(self._compiled, torch.cat([inputs, missing]))[: len(inputs)]

    def run(self, function: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Logits float32 (n, classes), computed in the probe's precision."""
        low = self._precision == "bfloat16"
        inputs = inputs if self._channels_last else inputs.contiguous()
        with torch.autocast(self.device.type, torch.bfloat16) if low else nullcontext():
            return logits_of(function(inputs)).float()

    @cached_property
    def _compiled(self) -> Callable[[torch.Tensor], torch.Tensor]:
        """The network, compiled at its first batch, and anew if batches become smaller."""
        options: dict = {"freezing": True, "layout_optimization": self._channels_last}
        return torch.compile(self.network, dynamic=False, options=options)

    @cached_property
    def head(self) -> Head | None:
        """The head alone, or None where it needs more than the layer's output."""
        if self._known and not self._known["head_alone"]:
            return None
        with torch.no_grad():
            try:
                head = Head(self.network, self._target, self._sample)
                return head if self._known or self._is_alone(head) else None
            except Exception:  # it mixes in what came before the layer, or is code that no `meta` tensor suits
                return None

    @cached_property
    def blocks(self) -> Blocks:
        """The blocks of a transformer, whose attention can be asked for, or why it cannot."""
        return find_blocks(self.network, self._sample, self.layout)

    @cached_property
    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None."""
        return linear_head(self.network, self._target, self.layout, self._sample)

    def _is_alone(self, head: Head) -> bool:
        """Whether a head gives the logits of maps, whatever images the network has seen last.

        A trunk may leave its features on a module, or hand on a number that it took from the images: then the head has
        those of other images, or of another number of them, and it gives other logits or raises.
        """
        other = self.opened(noise(self.input_shape, self.device, _CONTRASTS))
        return all(
            torch.allclose(self.headed(head, maps, prefix), logits, rtol=1e-3, atol=1e-4)
            for logits, maps, prefix in (self._sampled, other)
        )

    def _check(self, maps: torch.Tensor) -> None:
        """**Raises:** `InputError` if maps (n, K, h, w) are not what the network's facts say."""
        if self._known and list(maps.shape[1:]) != [self._known["channels"], *self._known["map"]]:
            name = self._known["network"]
            said = f"layer {self.layer!r} gives maps {written(maps.shape)}, others than networks/{name}.json says"
            raise InputError(f"networks.{name}: {said}; mend: remove that file, then run again")

    @cached_property
    def _sampled(self) -> Cut:
        """What noise gives."""
        logits, A, prefix = self.opened(self._sample, leaf=True)
        if not logits.is_meta and not logits.isfinite().all():
            raise InputError("its logits of an image of noise are not finite")
        if are_probabilities(logits, self.score):
            raise InputError("it returns probabilities, not logits; leave out its last softmax or sigmoid")
        if not logits.requires_grad:
            raise UnreachedError(f"no gradient reaches layer {self.layer!r} from the logits")
        constant = logits.is_meta or torch.equal(logits[0], logits[1])  # such as those of a new head, still 0
        if not constant and not torch.autograd.grad(mixed(logits), A)[0].any():
            raise UnreachedError(f"the gradient at layer {self.layer!r} is zero: no logit depends on its map")
        return Cut(logits.detach(), A.detach(), prefix)

    def _sent(self, array: np.ndarray) -> torch.Tensor:
        return sent(torch.from_numpy(np.ascontiguousarray(array)), self.device)

    @contextmanager
    def _at_layer(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
        """Within this context, `change(output)` takes the place of the target layer's output."""
        with removed_after([self._target.register_forward_hook(lambda _, __, output: change(output))]):
            yield


def _sides(tensor: torch.Tensor) -> tuple[int, int]:
    return tensor.shape[2], tensor.shape[3]
