"""Leave the caller's process as it was, and be left alone by it: random numbers, and what torch is set to."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within this context networks may be seeded and torch set to a precision; afterwards all is as before.

    What the caller has set does not count in it: no gradients, inference, autocast, another default dtype or device.
    """
    state, numpy_state, flags, dtype = random.getstate(), np.random.get_state(), _flags(), torch.get_default_dtype()
    with torch.random.fork_rng(), _plain():
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            random.setstate(state)
            np.random.set_state(numpy_state)
            cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
            cudnn.allow_tf32, matmul.allow_tf32, cudnn.deterministic, cudnn.benchmark = flags


@contextmanager
def _plain() -> Iterator[None]:
    """Torch as it starts, where tensors have gradients, in float32 and on the CPU."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


def _flags() -> tuple[bool, bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32, cudnn.deterministic, cudnn.benchmark
