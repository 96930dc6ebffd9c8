"""What CAM methods see of a network: activations, gradients, scores, the head alone; every forward pass counted."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property

import numpy as np
import torch
from torch import nn

from . import class_channel
from .head import Head
from .models import fold_batch_norm, normalise
from .runtime import Batches

_HEAD_BATCHES = 8  # activations are smaller than inputs, so the head takes more at once


class Probe:
    """A network, opened at its target layer.

    A stage calls `open` for each batch; a method then asks for what it needs. One forward pass of the batch serves
    everything asked of it, and stops the graph at the target layer, so that the backward pass crosses the head alone.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: str,
        preprocessing: dict,
        batch: int = 16,
        precision: str = "float32",
        compiled: bool = False,
    ) -> None:
        parameter = next(network.parameters())
        self.device, self.preprocessing = parameter.device, preprocessing
        self.network, self.layer = network, network.get_submodule(layer)
        self._precision = precision
        self._inputs, self._heads = Batches(batch), Batches(batch * _HEAD_BATCHES)
        self._capture: Callable[[torch.Tensor], torch.Tensor] | None = None
        self._sample = self._noise_sample(preprocessing["crop"])
        with torch.no_grad():
            self.folded = 0 if self.device.type == "meta" else fold_batch_norm(network, self._sample, self.layer)
        self._compiled = torch.compile(network, dynamic=False, options={"freezing": True}) if compiled else None
        self.layer.register_forward_hook(self._hook)
        self._class_channel = class_channel.ClassChannel(None)
        logits = self._forward(self._sample, leaf=False)
        self._class_channel = class_channel.find(network, self._sample, logits.shape[1])
        self.map_shape = _sides(self._seen)
        self.input_shape = _sides(self._sample)
        self.close()

    def replace_batches(self, kind: type[Batches]) -> None:
        """Run long lists of inputs in another way, such as only their first batches."""
        self._inputs, self._heads = kind(self._inputs.size), kind(self._heads.size)

    def prepare(self, pixels: np.ndarray) -> torch.Tensor:
        """Network input, float32 (n, 3, H, W), normalised, from stored pixels, uint8 (n, H, W, 3)."""
        tensor = torch.from_numpy(np.ascontiguousarray(pixels))
        if self.device.type == "cuda":
            tensor = tensor.pin_memory()
        return normalise(tensor.to(self.device, non_blocking=True), self.preprocessing)

    def open(self, images: torch.Tensor, seeds: np.ndarray, draw: int = 0, rows: np.ndarray | None = None) -> None:
        """Start a batch.

        **Arguments:** `images` network inputs (n, 3, H, W); `seeds` int64 (n,), one an image; `draw` 0 for the clean
        image and 1 for the masked one, so that random methods draw anew; `rows` int64 (n,) of the images in the
        manifest.
        """
        self.close()
        self._images, self._seeds, self.draw = images, seeds, draw
        self.rows = np.arange(len(images)) if rows is None else rows
        self.passes = torch.zeros(len(images), dtype=torch.int32, device=self.device)

    def close(self) -> None:
        """Forget the batch, and with it every tensor and graph."""
        self._images = self._seen = torch.empty(0)
        self._passed: tuple[torch.Tensor, torch.Tensor] | None = None  # logits and A, of the one clean pass
        self._gradients: tuple[torch.Tensor, torch.Tensor] | None = None  # of these classes, g
        self._generators: dict[int, list[torch.Generator]] = {}

    def activations(self, images: torch.Tensor) -> torch.Tensor:
        """A, the target layer's output (n, K, h, w) for the batch."""
        return self._clean(images)[1].detach()

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) for the batch."""
        return self._clean(images)[0].detach()

    def probability(self, images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """Softmax probability (n,), float32, of one class an image."""
        return _of(self.logits(images).softmax(1), classes)

    def gradients(self, images: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A and g = dy/dA, each (n, K, h, w), y the logit of the class."""
        logits, leaf = self._clean(images)
        if self._gradients is None or self._gradients[0] is not classes:
            self._gradients = classes, self._gradient(logits, leaf, classes)
        return leaf.detach(), self._gradients[1]

    def gradients_at(self, inputs: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A and g for changed inputs (n, 3, H, W), one an image of the batch; one more pass an image."""
        logits = self._forward(inputs, leaf=True)
        leaf = self._seen
        self.passes += 1
        return leaf.detach(), self._gradient(logits, leaf, classes)

    def scores(self, make: Callable[[int, int], torch.Tensor], owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of m changed inputs, forwarded in full batches whatever image they belong to.

        **Arguments:** `make(start, stop)` returns inputs (stop - start, 3, H, W); `owners` int64 (m,) says to which
        image of the batch each belongs, for the counter.
        """
        with torch.no_grad():
            logits = self._inputs.run(lambda a, b: self._run(self._changed, make(a, b)), len(owners))
        self.passes.index_add_(0, owners, torch.ones_like(owners, dtype=self.passes.dtype))
        return logits

    def head(self, make: Callable[[int, int], torch.Tensor], owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of m changed activations; the head alone is run, and no forward pass counted.

        **Arguments:** `make(start, stop)` returns activations (stop - start, K, h, w); `owners` as in `scores`.
        Where a head needs more than the layer's output (a layer inside a residual block), whole passes are made.
        """
        head = self._head
        with torch.no_grad():
            if head is not None:
                return self._heads.run(lambda a, b: self._run(head, make(a, b)), len(owners))
            return self._scores_at_layer(make, owners)

    def normal(self, shape: tuple[int, ...], seed: int) -> torch.Tensor:
        """Standard normal numbers (n, *shape), each image's from its own generator, so independent of the batch."""
        return self._random(torch.randn, shape, seed)

    def uniform(self, shape: tuple[int, ...], seed: int) -> torch.Tensor:
        """Uniform numbers in [0, 1), as `normal`."""
        return self._random(torch.rand, shape, seed)

    def classifier(self) -> torch.Tensor | None:
        """Weight (classes, K) if the head is one linear layer on the global average of A, else None."""
        calls: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
        linear = [module for module in self.network.modules() if isinstance(module, nn.Linear)]
        handles = [m.register_forward_hook(lambda m, args, out: calls.append((m, args[0], out))) for m in linear]
        with torch.no_grad():
            logits = self._forward(self._sample, leaf=False)
        for handle in handles:
            handle.remove()
        pooled, self._seen = self._seen.mean((2, 3)), torch.empty(0)
        if not calls or calls[-1][1].shape != pooled.shape:
            return None
        same = torch.allclose(calls[-1][1], pooled, rtol=1e-3, atol=1e-5) and torch.allclose(calls[-1][2], logits)
        return calls[-1][0].weight if same else None

    @property
    def head_alone(self) -> bool:
        """Whether the head can be run alone from the layer's output."""
        return self._head is not None

    def _clean(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert images is self._images, "a method may ask for the batch that was opened, and no other"
        if self._passed is None:
            logits = self._forward(images, leaf=True)
            self._passed = logits, self._seen
            self.passes += 1
        return self._passed

    def _forward(self, inputs: torch.Tensor, leaf: bool) -> torch.Tensor:
        def cut(output: torch.Tensor) -> torch.Tensor:
            self._seen = output.detach().float().requires_grad_(leaf)
            # A copy, because many networks go on with an in-place ReLU that would change the leaf.
            return self._seen.to(output.dtype, copy=True)

        self._capture = cut
        try:
            with torch.set_grad_enabled(leaf), self._class_channel.used():
                return self._run(self.network, inputs)
        finally:
            self._capture = None

    def _gradient(self, logits: torch.Tensor, leaf: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        self._class_channel.classes = classes
        # The graph is kept, for a method may ask for several classes; it holds the head alone, and goes with the batch.
        return torch.autograd.grad(_of(logits, classes).sum(), leaf, retain_graph=True)[0]

    def _scores_at_layer(self, make: Callable[[int, int], torch.Tensor], owners: torch.Tensor) -> torch.Tensor:
        """Logits (m, classes) of whole forward passes whose target layer's output is replaced."""

        def forward(start: int, stop: int) -> torch.Tensor:
            changed = make(start, stop)
            self._capture = lambda _: changed
            try:
                return self._run(self.network, self._images[owners[start:stop]])
            finally:
                self._capture = None

        logits = self._inputs.run(forward, len(owners))
        self.passes.index_add_(0, owners, torch.ones_like(owners, dtype=self.passes.dtype))
        return logits

    def _changed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Logits of a batch; where the network is compiled, it is for full batches, so a last one is filled up."""
        if self._compiled is None:
            return self.network(inputs)
        missing = inputs[:1].expand(self._inputs.size - len(inputs), -1, -1, -1)
        return self._compiled(torch.cat([inputs, missing]))[: len(inputs)]

    def _hook(self, _: nn.Module, __: tuple, output: torch.Tensor) -> torch.Tensor:
        return output if self._capture is None else self._capture(output)

    def _run(self, function: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        low = self._precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16) if low else nullcontext():
            output = function(inputs)
        return (output[0] if isinstance(output, tuple) else output).float()

    @cached_property
    def _head(self) -> Head | None:
        with torch.no_grad():
            logits = self._forward(self._sample, leaf=False)
            seen, self._seen = self._seen, torch.empty(0)
            try:
                head = Head(self.network, self.layer, self._sample)
                return head if torch.allclose(self._run(head, seen), logits, rtol=1e-3, atol=1e-4) else None
            except (RuntimeError, NotImplementedError):  # the head mixes in what came before the layer
                return None

    def _random(self, draw: Callable[..., torch.Tensor], shape: tuple[int, ...], seed: int) -> torch.Tensor:
        if seed not in self._generators:
            self._generators[seed] = [self._generator(int(image), seed) for image in self._seeds]
        return torch.stack([draw(shape, generator=generator) for generator in self._generators[seed]]).to(self.device)

    def _generator(self, image: int, seed: int) -> torch.Generator:
        state = np.random.SeedSequence([image, self.draw, seed]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state[0]) >> 1)

    def _noise_sample(self, side: int) -> torch.Tensor:
        noise = torch.randn((2, 3, side, side), generator=torch.Generator().manual_seed(0))
        return noise.to(self.device, memory_format=torch.channels_last)


def _sides(tensor: torch.Tensor) -> tuple[int, int]:
    return tensor.shape[2], tensor.shape[3]


def _of(scores: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return scores.gather(1, classes[:, None])[:, 0]
