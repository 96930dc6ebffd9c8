"""The machine under a job: device, precision, threads, allocator, batches that survive running out of memory."""

import ctypes
import platform
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from .errors import InputError

T = TypeVar("T")
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def start(device: str = "auto", precision: str = "float32", threads: int = 1) -> torch.device:
    """Set a job's process up and choose its device.

    **Arguments:** `device` "auto" (CUDA, then MPS, then CPU) or torch's name of one; `precision` float32, tf32 or
    bfloat16. **Raises:** `InputError` if the device is not there.
    """
    torch.set_num_threads(max(1, threads))
    _keep_pages()
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    return _device(device)


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

    def each(self, function: Callable[[int, int], T], rows: int) -> Iterator[tuple[int, int, T]]:
        """Yield start, stop, `function(start, stop)` over rows [0, rows). **Raises:** out of memory at a batch of 1."""
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

    def run(self, function: Callable[[int, int], torch.Tensor], rows: int) -> torch.Tensor:
        """All results of `each`, concatenated."""
        return torch.cat([result for _, _, result in self.each(function, rows)])


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type != "meta":
            torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"compute: device {name!r} is not there: {str(error).splitlines()[0]}") from error
    return device


def _keep_pages() -> None:
    """Tell glibc to keep freed memory: otherwise page faults on large tensors cost as much as the arithmetic."""
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 256 << 20)):
        libc.mallopt(option, value)
