"""Run a function over rows in batches, which become smaller when memory runs out."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import torch

T = TypeVar("T")


class Batches:
    """Runs a function over rows in batches; when memory runs out, the batch is halved for good."""

    def __init__(self, size: int) -> None:
        self.size = size

    def each(
        self, function: Callable[[int, int], tuple[torch.Tensor, ...]], rows: int
    ) -> Iterator[tuple[int, int, tuple[np.ndarray, ...]]]:
        """Yield start, stop and the results of `function(start, stop)` as arrays, over rows [0, rows), in order.

        On a GPU, results of a batch are awaited when the next batch is in the queue, so that the GPU is never idle:
        while it computes, the next batch's inputs are made, copied from pinned memory and queued. **Raises:** out of
        memory at a batch of 1.
        """
        last: tuple[int, int, Callable[[], tuple[np.ndarray, ...]]] | None = None
        for start, stop, result in self._batches(function, rows):
            landing = _land(result)
            if last is not None:
                yield last[0], last[1], last[2]()
            last = start, stop, landing
        if last is not None:
            yield last[0], last[1], last[2]()

    def run(self, function: Callable[[int, int], torch.Tensor], rows: int) -> torch.Tensor:
        """All results, concatenated, on their own device."""
        return torch.cat([result for _, _, result in self._batches(function, rows)])

    def _batches(self, function: Callable[[int, int], T], rows: int) -> Iterator[tuple[int, int, T]]:
        start = 0
        while start < rows:
            stop = min(rows, start + self.size)
            try:
                result = function(start, stop)
            except torch.OutOfMemoryError:
                if self.size == 1:
                    raise
                self.size = max(1, self.size // 2)
                torch.cuda.empty_cache()
                continue
            yield start, stop, result
            start = stop


def gathered(blocks: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """What a stage yields block by block, as one array per variable."""
    parts = list(blocks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _land(tensors: tuple[torch.Tensor, ...]) -> Callable[[], tuple[np.ndarray, ...]]:
    """Start copying tensors to the host; the returned function waits for them."""
    if tensors[0].device.type != "cuda":
        return lambda: tuple(tensor.cpu().numpy() for tensor in tensors)
    landed = [torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True) for tensor in tensors]
    for there, tensor in zip(landed, tensors, strict=True):
        there.copy_(tensor, non_blocking=True)
    done = torch.cuda.Event()
    done.record()

    def wait() -> tuple[np.ndarray, ...]:
        done.synchronize()
        return tuple(tensor.numpy() for tensor in landed)

    return wait
