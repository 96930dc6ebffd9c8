"""The machine that a job runs on: device, precision, threads, allocator."""

import ctypes
import fcntl
import os
import platform
import tempfile
from pathlib import Path
from typing import NamedTuple, TextIO

import torch

from ..errors import InputError

_CLAIMS: dict[int, TextIO] = {}  # by GPU; open as long as the process lives
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def start(device: str = "auto", precision: str = "float32", threads: int = 1) -> torch.device:
    """Set a job's process up and choose its device.

    **Arguments:** `device` "auto" (CUDA, then MPS, then CPU) or torch's name of one; `precision` float32, tf32 or
    bfloat16. **Raises:** `InputError` if the device is not there, or lacks the precision.
    """
    torch.set_num_threads(max(1, threads))
    _keep_pages()
    return chosen(device, precision)


def chosen(device: str, precision: str) -> torch.device:
    """The device, with torch set to the precision, and nothing else of the process changed. Arguments as of `start`."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    found = _device(device)
    if not _has(found, precision):
        raise InputError(f"compute: precision {precision} is not there on {device_name(found)}")
    return found


class Arranged(NamedTuple):
    """How a network is arranged: whether its weights and inputs are channels-last, and its batch norms folded."""

    channels_last: bool
    folded: bool


def arranged(device: torch.device, precision: str) -> Arranged:
    """What makes forward passes fastest on a device, as measured on a CPU and an H200 (docs/performance.md).

    On CUDA, convolutions of plain float32 are made for NCHW, and the bias of a folded batch norm is added by a slow
    kernel of its own.
    """
    cuda = device.type == "cuda"
    return Arranged(channels_last=not (cuda and precision == "float32"), folded=not cuda)


def device_name(device: torch.device) -> str:
    """Device as a person would name it, for attributes and reports."""
    if device.type == "cuda":
        return f"{device}: {torch.cuda.get_device_name(device)}"
    return f"{device.type}: {platform.processor() or platform.machine()}"


def synchronise(device: torch.device) -> None:
    """Wait until a device has done what it was asked to; timings need it, results do not."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def free_gpu(count: int, folder: Path) -> int:
    """Number of a GPU that no other job has claimed, or any if all are; claimed until this process ends.

    A scheduler shows a job only its own GPU; on one machine with several, jobs find a free one in this way.
    """
    if _CLAIMS:
        return next(iter(_CLAIMS))
    for number in range(count):
        if claim := _claimed(folder / f"cambench-{os.getuid()}-gpu-{number}"):
            _CLAIMS[number] = claim
            return number
    return os.getpid() % count


def _claimed(path: Path) -> TextIO | None:
    """A file that this process alone has locked, or None; each user has files of their own in a shared folder."""
    try:
        claim = path.open("a", encoding="utf-8")
    except OSError:
        return None
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return claim
    except OSError:
        claim.close()
        return None


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
