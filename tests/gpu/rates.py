"""Passes per second of the paper's networks: alone, in Score-CAM and in curves; as they are and compiled.

Compiling takes long, and on one core: each network has a process of its own, which compiles at once and measures when
it is told to, while no other does.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from pipeline import Work
from rate import rate
from scene import ROOT, Sizes, card, device, network, pixels, probe, shard, start
from sheet import Sheet, read
from variants import DTYPES, lowered

from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.networks import device as machine
from cambench.networks.batches import gathered
from cambench.networks.outputs import logits_of, noise
from cambench.networks.probe import Probe
from cambench.stages import curves, saliency

_AS_IT_IS = "as it is"
_OTHERS = (  # of ResNet-50: precision, name, and how the network is arranged
    ("bfloat16", "batch norms folded", machine.Arranged(channels_last=True, folded=True)),
    ("float32", "channels-last", machine.Arranged(channels_last=True, folded=False)),
    ("tf32", "batch norms folded", machine.Arranged(channels_last=True, folded=True)),
)


@dataclass(frozen=True)
class Case:
    """A network in a precision, and perhaps arranged as the package does not."""

    network: str
    precision: str
    arranged: str = _AS_IT_IS


def cases(sizes: Sizes) -> list[Case]:
    """What is measured, the most valuable first."""
    precisions = ("float32",) if sizes.tiny else ("bfloat16", "tf32", "float32")
    found = [Case(name, precision) for precision in precisions for name in sizes.networks]
    others = [Case("resnet50", precision, name) for precision, name, _ in _OTHERS]
    return found if sizes.tiny else [*found[:6], others[0], *found[6:12], *found[12:], *others[1:]]


class Pool:
    """Processes that compile at once, each a case; they measure one by one."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self._folder = folder
        environment = {**os.environ, "TORCHINDUCTOR_COMPILE_THREADS": "1", "OMP_NUM_THREADS": "1"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
        self._log = (folder / "log.txt").open("a", encoding="utf-8")
        command = [sys.executable, __file__, str(folder), "tiny" if sizes.tiny else "full"]
        self._jobs = [
            subprocess.Popen([*command, json.dumps(asdict(case))], stderr=self._log, **pipes) for case in cases(sizes)
        ]

    def wait(self, seconds: float) -> None:
        """Until all have compiled, or for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(list(self._folder.glob("ready-*"))) >= len(self._jobs):
                return
            time.sleep(0.5)

    def measure(self) -> None:
        """One after the other, in their order; those that failed have closed their ends."""
        for job in self._jobs:
            with suppress(BrokenPipeError):
                job.stdin.write("go\n")
                job.stdin.flush()
                job.stdout.readline()

    def end(self) -> None:
        """End those that have not."""
        for job in self._jobs:
            job.kill()
            job.wait()


POOL: list[Pool] = []  # of the script; a part, which is a fork of it, finds it here


def run(folder, sizes: Sizes) -> None:
    """Have all cases measured, and make the rows of reference/speed.csv of what they find."""
    POOL[0].wait(60)
    POOL[0].measure()
    speeds(folder)


def speeds(folder) -> None:
    """Rows of reference/speed.csv: Score-CAM's passes per second, of a job that compiles."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    sheet = Sheet(folder, "speed")
    for row in read(folder, "rates"):
        if row["arranged"] == _AS_IT_IS:
            named = {"card": row["card"], "network": row["network"], "precision": row["precision"]}
            sheet.add(
                **named, passes_per_second=row["scorecam_compiled"], date=str(date.today()), commit=commit.strip()
            )


def _serve(folder: Path, sizes: Sizes, case: Case) -> None:
    """Compile a case, wait for a line, and measure it."""
    start(case.precision, 1)
    how = {(precision, name): arranged for precision, name, arranged in _OTHERS}.get((case.precision, case.arranged))
    with patch.object(machine, "arranged", (lambda *_: how) if how else machine.arranged):
        found = probe(case.network, sizes.side, case.precision, sizes.batch, compile=True)
    began = time.perf_counter()
    _compiled(found, True)
    with torch.no_grad():
        logits = found.changed(noise(found.input_shape, found.device, (1.0,) * sizes.batch)).cpu()
        seconds = time.perf_counter() - began
        _compiled(found, False)
        moved = found.changed(noise(found.input_shape, found.device, (1.0,) * sizes.batch)).cpu()
    moved = float((logits - moved).abs().max() / moved.abs().max())
    _emptied()
    (folder / f"ready-{os.getpid()}").touch()
    sys.stdin.readline()
    row = {"card": card(), "network": case.network, "precision": case.precision, "arranged": case.arranged}
    Sheet(folder, "rates").add(
        **row, batch=sizes.batch, **_measured(found, sizes, case), compiling=seconds, moved=moved
    )


def _measured(found: Probe, sizes: Sizes, case: Case) -> dict[str, float]:
    """Passes per second, as the network is and compiled; of most networks only what a job that compiles does."""
    nothing, whole = float("nan"), case.network in sizes.chosen
    _compiled(found, False)
    alone = forward(found, sizes.batch, sizes)
    plain = {"scorecam": scorecam, "curves": drawn}
    rates = {"bare": bare(case.network, sizes, case.precision) if whole else nothing, "forward": alone}
    rates |= {key: call(found, sizes, alone) if whole else nothing for key, call in plain.items()}
    _compiled(found, True)
    alone = forward(found, sizes.batch, sizes)
    fast = {key: call(found, sizes, alone) for key, call in plain.items()}
    return {**rates, "forward_compiled": alone, **{f"{key}_compiled": value for key, value in fast.items()}}


def _compiled(found: Probe, on: bool) -> None:
    """Let a probe use its compiled network, or not yet."""
    found._changed = 1 << 40 if on else -(1 << 40)


def _emptied() -> None:
    if device().type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


def opened(name: str, sizes: Sizes, precision: str) -> Probe:
    """A network as jobs have it; float16, which they do not have, as they do bfloat16."""
    if precision == "float16":
        return lowered(probe(name, sizes.side, "float32", sizes.batch), DTYPES[precision])
    return probe(name, sizes.side, precision, sizes.batch)


@torch.no_grad()
def bare(name: str, sizes: Sizes, precision: str) -> float:
    """Passes per second of the module as it comes: batch norms, NCHW, autocast for the low precisions."""
    where = device()
    found = network(name, sizes.side, where).to(memory_format=torch.contiguous_format)
    inputs = noise((sizes.side, sizes.side), where, (1.0,) * sizes.batch).contiguous()
    dtype = DTYPES.get(precision)

    def call() -> torch.Tensor:
        with torch.autocast(where.type, dtype, enabled=dtype is not None):
            return logits_of(found(inputs))

    return rate(call, sizes.batch, sizes.seconds, where)


@torch.no_grad()
def forward(found: Probe, batch: int, sizes: Sizes) -> float:
    """Passes per second of our forward pass alone, on inputs that are there."""
    inputs = noise(found.input_shape, found.device, (1.0,) * batch)
    return rate(lambda: found.changed(inputs), batch, sizes.seconds, found.device)


def scorecam(found: Probe, sizes: Sizes, alone: float) -> float:
    """Passes per second of stage `saliency` with Score-CAM."""
    channels = found._sampled[1].shape[1]
    images = max(1, min(8, round(alone * sizes.seconds / channels)))
    given = shard(found, pixels(images, found.input_shape[0]))
    method = bind("scorecam", {}, sizes.batch)
    passes = int(gathered(saliency.explain(found, method, given, found.map_shape))["passes"].sum())
    call = lambda: gathered(saliency.explain(found, method, given, found.map_shape))  # noqa: E731
    return rate(call, passes, sizes.seconds, found.device, warm=True)


def drawn(found: Probe, sizes: Sizes, alone: float) -> float:
    """Passes per second of stage `curves`: eight points of each curve, drawn from 224 steps."""
    settings = Work(sizes.batch, 224, 8).curves(found.input_shape)
    images = max(1, min(600, round(2 * alone * sizes.seconds / 17)))
    given = shard(found, pixels(images, found.input_shape[0]))
    raw = np.random.default_rng(0).random((images, 7, 7), np.float32)
    p = np.full(images, 0.5)
    call = lambda: gathered(curves.draw(found, given, raw, p, Masking(), settings, sizes.batch))  # noqa: E731
    return rate(call, int(call()["passes"].sum()), sizes.seconds, found.device, warm=True)


if __name__ == "__main__":
    try:
        _serve(
            Path(sys.argv[1]), Sizes.small() if sys.argv[2] == "tiny" else Sizes(False), Case(**json.loads(sys.argv[3]))
        )
    finally:
        (Path(sys.argv[1]) / f"ready-{os.getpid()}").touch()  # also if it failed
