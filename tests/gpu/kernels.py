"""Where the time of Score-CAM's passes and of curves goes: the kernels, and the steps of a curve's inputs."""

import math
import time
from collections.abc import Callable

import numpy as np
import rates
import torch
from pipeline import Work
from scene import Sizes, device, pixels, shard, start
from sheet import Sheet
from torch.nn.functional import conv2d
from torch.profiler import ProfilerActivity, profile

from cambench.masks import Masking, masks
from cambench.methods._contract import bind
from cambench.networks import device as machine
from cambench.networks.batch import Batch
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.stages import curves, saliency

_MOST = 14


def run(folder, sizes: Sizes) -> None:
    """For some networks and precisions, the share and number of each kernel; milliseconds of curves' steps."""
    steps(folder, sizes)
    precisions = ("float32",) if sizes.tiny else ("bfloat16", "float32")
    for name, precision in [(name, precision) for precision in precisions for name in sizes.chosen][:4]:
        start(precision)
        found = rates.opened(name, sizes, precision)
        given, method = shard(found, pixels(8, sizes.side)), bind("scorecam", {}, sizes.batch)
        one = Shard(given.pixels[:1], given.classes[:1], given.seeds[:1])
        raw, work = np.random.default_rng(0).random((8, 7, 7), np.float32), Work(sizes.batch, 224, 8)
        settings, p = work.curves(found.input_shape), np.full(8, 0.5)
        stages = {
            "scorecam": lambda: gathered(saliency.explain(found, method, one, found.map_shape)),  # noqa: B023
            "curves": lambda: gathered(curves.draw(found, given, raw, p, Masking(), settings, sizes.batch)),  # noqa: B023
        }
        for stage, call in stages.items():
            call()
            with profile(activities=[ProfilerActivity.CUDA if _on_gpu() else ProfilerActivity.CPU]) as profiler:
                call()
                machine.synchronise(device())
            _note(Sheet(folder, "kernels"), name, precision, stage, profiler)


def steps(folder, sizes: Sizes) -> None:
    """Milliseconds an image, of what makes the inputs of curves; each is awaited."""
    start("float32")
    count = 4 if sizes.tiny else 60
    found = rates.opened(sizes.chosen[-1], sizes, "float32")
    given = shard(found, pixels(count, sizes.side))
    raw, work = np.random.default_rng(0).random((count, 7, 7), np.float32), Work(sizes.batch, 224, 8)
    settings, images = work.curves(found.input_shape), Batch.of(found, given, 0, count)
    mask = masks(raw, found.input_shape, Masking())
    lines = images.images.contiguous(memory_format=torch.channels_last)
    kernel = torch.ones((3, 1, 1, 11), device=lines.device) / 11
    parts: dict[str, Callable[[], object]] = {
        "masks, on the CPU": lambda: masks(raw, found.input_shape, Masking()),
        "random order of ties": lambda: images.random(1).uniform((math.prod(found.input_shape),)),
        "steps of pixels": lambda: curves._steps_of_pixels(mask, settings, images),
        "ends": lambda: curves._ends(found, images.images, settings),
        "a blur of lines, channels-last": lambda: conv2d(lines, kernel, padding="same", groups=3),
        "a blur of lines, NCHW": lambda: conv2d(lines.contiguous(), kernel, padding="same", groups=3),
    }
    for name, call in parts.items():
        call()
        taken = []
        for _ in range(3):
            machine.synchronise(device())
            began = time.perf_counter()
            call()
            machine.synchronise(device())
            taken.append(time.perf_counter() - began)
        Sheet(folder, "steps").add(part=name, milliseconds=1e3 * min(taken) / count)


def _on_gpu() -> bool:
    return device().type == "cuda"


def _note(sheet: Sheet, name: str, precision: str, stage: str, profiler: profile) -> None:
    on_gpu = _on_gpu()
    spent = {
        event.key: (event.self_device_time_total if on_gpu else event.self_cpu_time_total, event.count)
        for event in profiler.key_averages()
    }
    total = sum(taken for taken, _ in spent.values())
    for key, (taken, count) in sorted(spent.items(), key=lambda item: -item[1][0])[:_MOST]:
        row = {
            "network": name,
            "precision": precision,
            "stage": stage,
            "total_ms": total / 1e3,
            "share_%": 100 * taken / total,
        }
        sheet.add(**row, calls=count, kernel=key.replace("|", "/")[:110])
