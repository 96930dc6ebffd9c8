"""`make gpu`: everything that needs a GPU, in one command.

    python tests/gpu/run.py [--out results/gpu] [--tiny] [--minutes 8.5] [--only rates choices ...]

What a part finds is in a file at once, and report.md is written anew after each, so that whatever ends early leaves
what was done. A part whose time would end after `--minutes` is left out. `--tiny` proves the script on a CPU.
"""

import argparse
import importlib
import importlib.util
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

if "--tiny" in sys.argv:  # threads that wait for others would starve on a machine that does more
    os.environ["OMP_NUM_THREADS"] = "1"
# Before torch is imported: asking for GPUs must not begin to use them, for the parts are forks of this process.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", "/tmp/cambench-inductor")
sys.path.insert(0, str(Path(__file__).resolve().parent))

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / ".whl/site.tar.xz"  # by wheels.sh


def unpack(found: Path) -> None:
    """Make packages importable that a bare machine lacks, here and in the processes that are started."""
    if found.exists() and importlib.util.find_spec("zarr") is None:
        place = tempfile.mkdtemp(prefix="cambench-site-")
        with tarfile.open(found) as archive:
            archive.extractall(place, filter="tar")
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "0", place], check=False, capture_output=True)
        sys.path.insert(0, place)
        os.environ["PYTHONPATH"] = os.pathsep.join([place, *filter(None, [os.environ.get("PYTHONPATH")])])


unpack(SITE)

import sheet  # noqa: E402
from scene import Sizes  # noqa: E402

TABLES = {
    "rates": "Passes per second, alone, in Score-CAM and in curves, beside the module as it comes (`bare`)",
    "speed": "Rows of reference/speed.csv",
    "effect": "What a lower precision moves, in points",
    "reference": "Rows of reference/tf32.csv and bfloat16.csv",
    "workflow": "The workflow; differences from the CPU's numbers",
    "agreement": "CPU against GPU, float32: largest differences",
    "together": "Two jobs on one GPU: images per second, utilisation in percent",
    "paper": "The paper in GPU-hours, eight drawn points",
    "any_batch": "Results in other batches: largest differences",
    "halved": "Batches too large for the memory",
    "choices": "Options, each alone: passes per second",
    "tails": "Seconds of the first batch of a size, and of the next",
    "kernels": "Kernels that take most of the time of Score-CAM and of curves",
    "steps": "Milliseconds an image, of what makes the inputs of curves",
    "compiled": "torch.compile: passes per second",
    "peers": "Beside pytorch-grad-cam and torch-cam: images per second",
    "parts": "Parts",
}


@dataclass(frozen=True)
class Part:
    """A function of a module, and the seconds that it may take."""

    name: str
    module: str
    function: str
    limit: float


# In this order; those of a group at the same time. While the first ones run, networks compile for `rates`.
PARTS = (
    (Part("effect", "effect", "run", 110),),
    (Part("rates", "rates", "run", 150),),
    (Part("workflow", "whole", "run", 90),),
    (Part("agreement", "agreement", "run", 80), Part("any_batch", "memory", "run_batches", 80)),
    (Part("together", "together", "run", 45),),
    (Part("kernels", "kernels", "run", 30),),
    (Part("one_by_one", "whole", "run_one_by_one", 110),),
    (Part("halved", "memory", "run_halved", 30),),
    (Part("choices", "choices", "run", 130),),
    (Part("peers", "peers", "run", 45),),
    (Part("compiled", "choices", "run_compiled", 60),),
    (Part("tuned", "choices", "run_tuned", 120),),
)
_LEAST = 15  # seconds without which a part is not begun


class Running:
    """A part in a process of its own, whose output goes to a file."""

    def __init__(self, part: Part, folder: Path, sizes: Sizes) -> None:
        self.part, self.began = part, time.monotonic()
        self._process = multiprocessing.get_context("fork").Process(target=_work, args=(part, folder, sizes))
        self._process.start()

    def wait(self, end: float) -> str:
        """What became of it by then."""
        self._process.join(max(0.1, min(end, self.began + self.part.limit) - time.monotonic()))
        late = self._process.is_alive()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.join()
        return "out of time" if late else {0: "done", 1: "disagrees"}.get(self._process.exitcode or 0, "failed")


def _work(part: Part, folder: Path, sizes: Sizes) -> None:
    os.setpgid(0, 0)
    with (
        (folder / "log.txt").open("a", encoding="utf-8", buffering=1) as log,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        try:
            function: Callable = getattr(importlib.import_module(part.module), part.function)
            good = function(folder, sizes)
        except BaseException:
            print(f"{part.name}: {traceback.format_exc()}", flush=True)
            os._exit(2)
        os._exit(1 if good is False else 0)


def report(folder: Path, copies: Path | None) -> None:
    """Write report.md of all that is there; copy it, the log and all tables, in one file, to where they are kept."""
    tables = {name: rows for name in TABLES if (rows := sheet.read(folder, name))}
    text = [
        "# On a GPU",
        _versions(),
        *(f"## {TABLES[name]}\n\n{sheet.markdown(rows)}" for name, rows in tables.items()),
    ]
    (folder / "report.md").write_text("\n\n".join(text), encoding="utf-8")
    (folder / "tables.json").write_text(json.dumps(tables, indent=1), encoding="utf-8")
    if copies:
        for name in ("report.md", "tables.json", "log.txt"):
            if (folder / name).exists():
                shutil.copy(folder / name, copies / name)


def _versions() -> str:
    named = [f"{name} {version(name)}" for name in ("torch", "torchvision", "numpy")]
    smi = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    return ", ".join(
        [*named, _said(smi), f"commit {_said(['git', 'rev-parse', '--short', 'HEAD'])}", str(date.today())]
    )


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return f"no {command[0]}"


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", type=Path, default=ROOT / "results/gpu")
    arguments.add_argument("--tiny", action="store_true")
    arguments.add_argument("--minutes", type=float, default=8.5)
    arguments.add_argument("--copies", type=Path, help="a folder that gets the report, the log and the tables")
    arguments.add_argument("--only", nargs="+", default=[part.name for group in PARTS for part in group])
    given = arguments.parse_args()
    folder, end = given.out.resolve(), time.monotonic() + 60 * given.minutes
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sizes = Sizes.small() if given.tiny else Sizes(False)
    rates = importlib.import_module("rates")
    if "rates" in given.only:
        rates.POOL.append(rates.Pool(folder, sizes))
    for module in ("agreement", "choices", "effect", "kernels", "memory", "together", "whole"):
        importlib.import_module(module)  # once, before the forks
    parts = sheet.Sheet(folder, "parts")
    good = []
    for group in PARTS:
        chosen = [part for part in group if part.name in given.only]
        good.append(_all(parts, chosen, folder, sizes, end))
        if chosen and chosen[0].name == "rates":
            importlib.import_module("paper").run(folder, sizes)
            rates.POOL[0].end()
        report(folder, given.copies)
    report(folder, given.copies)
    print((folder / "report.md").read_text(encoding="utf-8") if given.tiny else f"see {folder}/report.md")
    return 0 if all(good) else 1


def _all(table: sheet.Sheet, parts: Sequence[Part], folder: Path, sizes: Sizes, end: float) -> bool:
    """Run parts at the same time; whether all ended well."""
    if time.monotonic() + _LEAST > end:
        for part in parts:
            table.add(part=part.name, seconds=0.0, ended="left out")
        return True
    good = True
    for running in [Running(part, folder, sizes) for part in parts]:
        ended = running.wait(end)
        table.add(part=running.part.name, seconds=time.monotonic() - running.began, ended=ended)
        good &= ended == "done"
    return good


if __name__ == "__main__":
    sys.exit(main())
