"""A simulated ImageNet, 50,000 tiny images whose metrics are known: are intervals and verdicts right, is work reused?

    python tests/benchmarks/simulated.py [coverage] [growth]

Prints a Markdown table each. `coverage`: how often the intervals of random samples hold the truth, and how often
verdicts are wrong, in 200 repetitions. `growth`: jobs of a run that grows, and how far its metrics are from the closed
form.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from runs import ROOT

sys.path.insert(0, str(ROOT / "tests"))
import closed
from projects import counted
from simulation import Population, report, simulate

SIZES = (500, 1000, 2000, 5000)
_REPETITIONS, _RESAMPLES = 200, 1000
_STAGES = ("manifest", "networks", "images", "predictions", "saliency", "masked", "metrics")


def coverage() -> None:
    """Intervals and verdicts of samples of 50,000 images, plain and stratified."""
    population = Population()
    said = ("consistent", "differs", "not decided")  # as `report` has them
    verdicts = [f"{number}: {verdict}" for number in ("true number", "1.5 points off") for verdict in said]
    heading = ("drawn", "images", "images like these", "whole set", "all together", *verdicts, "any wrong")
    print(f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}")
    for stratify in ("none", "label"):
        found = simulate(population, SIZES, stratify, range(_REPETITIONS), _RESAMPLES)
        print(*report(found, stratify), sep="\n", flush=True)


def growth() -> None:
    """A run whose sample grows: jobs of each step by stage, seconds, greatest distance from the closed form."""
    population = Population()
    images = closed.draw(population.labels, seed=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        closed.write(folder / "photos", images, population.labels)
        shutil.copy(ROOT / "tests/closed.py", folder)
        print(f"| images | {' | '.join(_STAGES)} | other | planned | seconds | off by |")
        print(f"|{'---|' * (len(_STAGES) + 5)}")
        for size in SIZES:
            _configure(folder, size)
            print(_step(folder, size, images), flush=True)


def _configure(folder: Path, size: int) -> None:
    sample = {"images": size, "seed": 0, "stratify": "label"}
    config = {
        "run": "scale",
        "dataset": {"kind": "folder", "path": "photos", "label": "folder", "min_side": closed.SIDE, "sample": sample},
        "networks": {"closed": {"factory": "closed:Closed", "preprocessing": closed.PREPROCESSING}},
        "methods": {name: {"cam": name} for name in closed.METHODS},
        "curves": {"enabled": False},
        "tables": {"resamples": 200},
        "figures": {"gallery_images": 2},
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(config))


def _step(folder: Path, size: int, images: np.ndarray) -> str:
    """Grow a run to a size, and a row of the table."""
    start = time.perf_counter()
    done = _executed(_snakemake(folder, "--until", "manifest", "networks"))
    planned = counted(_snakemake(folder, "-n"))
    rest = _executed(_snakemake(folder))
    jobs = {rule: done.get(rule, 0) + rest.get(rule, 0) for rule in {*done, *rest}}
    numbers = [str(jobs.get(stage, 0)) for stage in _STAGES]
    other = sum(count for rule, count in jobs.items() if rule not in _STAGES)
    seconds = time.perf_counter() - start
    far = _distance(folder / "results/scale", size, images)
    return f"| {size:,} | {' | '.join(numbers)} | {other} | {sum(planned.values())} | {seconds:.0f} | {far:.1e} |"


def _distance(results: Path, size: int, images: np.ndarray) -> float:
    """The greatest distance of a metric of an image from the closed form."""
    listed = pl.read_parquet(results / "manifest.parquet")["path"]
    numbers = np.array([int(Path(path).stem) for path in listed])
    table, far = pl.read_parquet(results / "metrics.parquet"), []
    assert len(set(numbers)) == size
    for method in closed.METHODS:
        part = table.filter(method=method).sort("image")
        far += [
            np.abs(part[name].to_numpy() - known[numbers]).max()
            for name, known in closed.metrics(images, method).items()
        ]
    return float(max(far))


def _snakemake(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", folder, "--cores", "2"]
    done = subprocess.run(
        [*map(str, command), "--configfile", str(folder / "run.yaml"), *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stdout[-3000:])
    return done.stdout


def _executed(said: str) -> dict[str, int]:
    """Jobs that were run, by rule."""
    ended = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", said, re.MULTILINE)
    return {rule: ended.count(rule) for rule in ended if rule != "all"}


PARTS = {"coverage": coverage, "growth": growth}


if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
