"""The machine under a job: device, precision, threads, allocator, batches that survive running out of memory."""

import ctypes
import fcntl
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

import numpy as np
import torch

from .errors import InputError

T = TypeVar("T")
_CLAIMS: dict[int, TextIO] = {}  # by GPU; open as long as the process lives
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def start(device: str = "auto", precision: str = "float32", threads: int = 1) -> torch.device:
    """Set a job's process up and choose its device.

    **Arguments:** `device` "auto" (CUDA, then MPS, then CPU) or torch's name of one; `precision` float32, tf32 or
    bfloat16. **Raises:** `InputError` if the device is not there, or does not have the precision.
    """
    torch.set_num_threads(max(1, threads))
    _keep_pages()
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    chosen = _device(device)
    if not _has(chosen, precision):
        raise InputError(f"compute: precision {precision} is not there on {device_name(chosen)}")
    return chosen


def device_name(device: torch.device) -> str:
    """Device as a person would name it, for attributes and reports."""
    if device.type == "cuda":
        return f"{device}: {torch.cuda.get_device_name(device)}"
    return f"{device.type}: {platform.processor() or platform.machine()}"


def synchronise(device: torch.device) -> None:
    """Wait until a device has done what it was asked to; timings need it, results do not."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Batches:
    """Runs a function over rows in batches; out of memory halves the batch, and the smaller one is kept."""

    def __init__(self, size: int) -> None:
        self.size = size

    def each(
        self, function: Callable[[int, int], tuple[torch.Tensor, ...]], rows: int
    ) -> Iterator[tuple[int, int, tuple[np.ndarray, ...]]]:
        """Yield start, stop and the results of `function(start, stop)` as arrays, over rows [0, rows), in order.

        The results of a batch on a GPU are waited for when the next batch is in its queue, so that it is never idle:
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
        """All results, concatenated, where they are."""
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
    """What a stage yields block by block, as one array a variable."""
    parts = list(blocks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _land(tensors: tuple[torch.Tensor, ...]) -> Callable[[], tuple[np.ndarray, ...]]:
    """Start copying tensors to the host; the function that comes back waits for them."""
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


def free_gpu(count: int, folder: Path) -> int:
    """Number of a GPU that no other job has claimed, or any if all are; claimed until this process ends.

    Schedulers show a job its own GPU alone; on a machine of several, jobs of one workflow find theirs so.
    """
    if _CLAIMS:
        return next(iter(_CLAIMS))
    for number in range(count):
        claim = (folder / f"cambench-gpu-{number}").open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            continue
        _CLAIMS[number] = claim
        return number
    return os.getpid() % count


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and torch.cuda.device_count() > 1:
        name = f"cuda:{free_gpu(torch.cuda.device_count(), Path(tempfile.gettempdir()))}"
    try:
        device = torch.device(name)
        if device.type != "meta":
            torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"compute: device {name!r} is not there: {str(error).splitlines()[0]}") from error
    return device


def _has(device: torch.device, precision: str) -> bool:
    if precision == "tf32":
        return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)
    if precision == "bfloat16" and device.type in ("cpu", "cuda"):
        native = torch.ops.mkldnn._is_mkldnn_bf16_supported if device.type == "cpu" else torch.cuda.is_bf16_supported
        return bool(native())
    return True


def _keep_pages() -> None:
    """Tell glibc to keep freed memory: otherwise page faults on large tensors cost as much as the arithmetic."""
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 256 << 20)):
        libc.mallopt(option, value)
