"""A process that holds one side of a comparison, and runs it when it is told to."""

import multiprocessing
import resource
import time
from multiprocessing.connection import Connection

import numpy as np


class Worker:
    """`keep_pages` gives the process our allocator's settings; ours always has them."""

    def __init__(self, side: str, keep_pages: bool, kind: str, network: str, pixels: np.ndarray, **more: str):
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        arguments = (there, side, keep_pages, kind, network, pixels, more)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()

    def ask(self, what: str = "run"):
        """Do one thing: load a method; `run`: seconds; `facts`: results, passes an image, peak memory so far (MB)."""
        self._pipe.send(what)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(
    pipe: Connection, side: str, keep_pages: bool, kind: str, network: str, pixels: np.ndarray, more: dict
) -> None:
    import torch
    from cases import SIDES, Subject

    from cambench import runtime

    try:
        torch.set_num_threads(multiprocessing.cpu_count())
        if keep_pages:
            runtime._keep_pages()
        subject = Subject(network, pixels, side in ("ours", "bare"), **more)
        run = SIDES[kind, side](subject, pipe.recv())
        pipe.send(None)
        while True:
            match pipe.recv():
                case "run":
                    subject.forwarded, start = 0, time.perf_counter()
                    results = run()
                    pipe.send(time.perf_counter() - start)
                case "facts":
                    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
                    pipe.send((results, subject.forwarded / len(pixels), memory))
                case method:
                    run = SIDES[kind, side](subject, method)
                    pipe.send(None)
    except Exception as error:  # told to the process that asked, which ends the benchmark
        pipe.send(error)
