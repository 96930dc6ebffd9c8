"""How fast something is on a device."""

import time
from collections.abc import Callable

import scene  # noqa: F401  puts the package on the path
import torch

from cambench.networks.device import synchronise

_ROUNDS = 3


def rate(call: Callable[[], object], items: int, seconds: float, where: torch.device, warm: bool = False) -> float:
    """Items per second of a function that does `items` of them: the median of three rounds, after a call that warms up.

    Calls are queued one after the other, as a job does, and only a round's end is awaited. One that takes longer than
    `seconds` is timed once; with `warm`, it has been called before.
    """
    if not warm:
        call()
    synchronise(where)
    taken = _timed(call, 1, where)
    calls = max(1, min(200, round(seconds / _ROUNDS / taken)))
    if taken > seconds:
        return items / taken
    return items * calls / sorted(_timed(call, calls, where) for _ in range(_ROUNDS))[_ROUNDS // 2]


def _timed(call: Callable[[], object], calls: int, where: torch.device) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    synchronise(where)
    return time.perf_counter() - start
