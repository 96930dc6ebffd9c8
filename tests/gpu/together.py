"""Two jobs on one GPU beside one; how busy it is, how soon the first batch is there, and whether memory stays flat."""

import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

import numpy as np
import torch
from scene import Sizes, card, device, pixels, probe, shard, start
from sheet import Sheet

from cambench.methods._contract import bind
from cambench.stages import saliency

_CASES = (("resnet18", "gradcam", 1), ("resnet50", "scorecam", 64))


def run(folder, sizes: Sizes) -> None:
    """Images per second of a job alone, and of two at once."""
    sheet = Sheet(folder, "together")
    for name, method, costs in _CASES[:1] if sizes.tiny else _CASES:
        for precision in ("float32",) if sizes.tiny else ("bfloat16",):
            jobs = [_Job(name, method, precision, costs, sizes) for _ in range(2)]
            first = [job.answer() for job in jobs]
            alone, both = _measured(jobs[:1], sizes), _measured(jobs, sizes)
            for job in jobs:
                job.end()
            sheet.add(
                card=card(), network=name, method=method, precision=precision,
                one=alone["rate"], two=both["rate"], gain=100 * (both["rate"] / alone["rate"] - 1),
                busy_one=alone["busy"], busy_two=both["busy"], first_batch_seconds=first[0][0],
                memory_after_one_batch_MB=alone["before"], memory_after_all_MB=both["after"],
            )  # fmt: skip


def _measured(jobs: list["_Job"], sizes: Sizes) -> dict[str, float]:
    seconds = 1.0 if sizes.tiny else 3.0
    with Busy() as busy:
        for job in jobs:
            job.ask(seconds)
        found = [job.answer() for job in jobs]
    rates, before, after = zip(*found, strict=True)
    return {"rate": sum(rates), "busy": busy.mean(), "before": before[0], "after": after[0]}


class _Job:
    """A process that runs stage `saliency` on so many images, over and over, for as long as it is told."""

    def __init__(self, *what: object) -> None:
        self._pipe, there = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, *what), daemon=True)
        self._process.start()

    def ask(self, seconds: float) -> None:
        self._pipe.send(seconds)

    def answer(self):
        if not self._pipe.poll(120):
            raise TimeoutError("a job does not answer")
        return self._pipe.recv()

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, name: str, method: str, precision: str, costs: int, sizes: Sizes) -> None:
    began = time.perf_counter()
    start(precision, 4)
    found = probe(name, sizes.side, precision, sizes.batch)
    count = max(sizes.batch // 8, 8 * sizes.batch // costs)  # of Score-CAM's images sixteen, of others eight batches
    given, bound = shard(found, pixels(count, sizes.side)), bind(method, {}, sizes.batch)
    next(iter(saliency.explain(found, bound, given, found.map_shape)))
    pipe.send((time.perf_counter() - began, card()))
    while True:
        seconds = pipe.recv()
        before, images, started = _peak(), 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            for block in saliency.explain(found, bound, given, found.map_shape):
                images += len(block["raw"])
                if time.perf_counter() - started > seconds:
                    break
        pipe.send((images / (time.perf_counter() - started), before, _peak()))


def _peak() -> float:
    return torch.cuda.max_memory_allocated() / 1e6 if device().type == "cuda" else 0.0


class Busy:
    """The GPU's utilisation while a context lasts, sampled through NVML."""

    def __enter__(self) -> "Busy":
        self._samples, self._over = list[int](), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def mean(self) -> float:
        """Percent of the time, without the first and last samples."""
        inner = self._samples[3:-1]
        return float(np.mean(inner)) if inner else float("nan")

    def _watch(self) -> None:
        try:
            import pynvml

            pynvml.nvmlInit()
            handle = pynvml.nvmlDeviceGetHandleByIndex(0)
            while not self._over.wait(0.1):
                self._samples.append(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        except Exception:  # no NVML, no samples
            return
