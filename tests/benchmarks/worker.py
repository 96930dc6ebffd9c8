"""A process that holds one side of a comparison, and runs it when it is told to."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
import peak_memory


class Facts(NamedTuple):
    """Results of the last run, its forward passes per image, and the process's peak memory so far (MB)."""

    results: np.ndarray
    passes: float
    memory: float


class Worker:
    """`keep_pages` gives the process our allocator's settings; our own sides always have them."""

    def __init__(
        self, side: str, keep_pages: bool, kind: str, network: str, pixels: np.ndarray, precision: str = "float32"
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        arguments = (there, side, keep_pages, kind, network, pixels, precision)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()

    def ask(self, what: str) -> Any:
        """Load the method of this name; `run` it and return the seconds that it took; or return `facts`."""
        self._pipe.send(what)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(
    pipe: Connection, side: str, keep_pages: bool, kind: str, network: str, pixels: np.ndarray, precision: str
) -> None:
    import torch
    from cases import SIDES
    from subject import Subject

    from cambench.networks import device

    try:
        torch.set_num_threads(multiprocessing.cpu_count())
        if keep_pages:
            device.start("cpu", threads=torch.get_num_threads())
        subject = Subject(network, pixels, side in ("ours", "bare"), precision)
        run = SIDES[kind, side](subject, pipe.recv())
        pipe.send(None)
        while True:
            match pipe.recv():
                case "run":
                    subject.forwarded, start = 0, time.perf_counter()
                    results = run()
                    pipe.send(time.perf_counter() - start)
                case "facts":
                    pipe.send(Facts(results, subject.forwarded / len(pixels), peak_memory.own()))
                case method:
                    run = SIDES[kind, side](subject, method)
                    pipe.send(None)
    except Exception as error:  # told to the process that asked, which ends the benchmark
        pipe.send(error)
