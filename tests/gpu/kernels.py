"""Where the time of Score-CAM's passes goes: the kernels that take most of it."""

import rates
import torch
from scene import Sizes, device, pixels, shard, start
from sheet import Sheet
from torch.profiler import ProfilerActivity, profile

from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.stages import saliency

_MOST = 14


def run(folder, sizes: Sizes) -> None:
    """For some networks and precisions, the share of each kernel, and how often it ran."""
    cases = [(name, precision) for precision in ("bfloat16", "float32") for name in sizes.chosen]
    for name, precision in cases[: 1 if sizes.tiny else 4]:
        start(precision)
        found = rates.opened(name, sizes, precision)
        given, method = shard(found, pixels(1, sizes.side)), bind("scorecam", {}, sizes.batch)
        gathered(saliency.explain(found, method, given, found.map_shape))
        kinds = [ProfilerActivity.CUDA] if device().type == "cuda" else [ProfilerActivity.CPU]
        with profile(activities=kinds) as profiler:
            gathered(saliency.explain(found, method, given, found.map_shape))
            if device().type == "cuda":
                torch.cuda.synchronize()
        _note(Sheet(folder, "kernels"), name, precision, profiler)


def _note(sheet: Sheet, name: str, precision: str, profiler: profile) -> None:
    on_gpu = device().type == "cuda"
    spent = {
        event.key: (event.self_device_time_total if on_gpu else event.self_cpu_time_total, event.count)
        for event in profiler.key_averages()
    }
    total = sum(taken for taken, _ in spent.values())
    for key, (taken, count) in sorted(spent.items(), key=lambda item: -item[1][0])[:_MOST]:
        row = {"network": name, "precision": precision, "total_ms": total / 1e3, "share_%": 100 * taken / total}
        sheet.add(**row, calls=count, kernel=key.replace("|", "/")[:110])
