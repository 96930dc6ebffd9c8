"""What a configuration would run: images, networks, methods, jobs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from ..errors import InputError
from ..images import sources
from ..plan import Run, prepare
from ..shards import by_stage
from ..store.layout import shard_count
from ..store.network import Network
from ..store.stages import STAGES

Facts = dict[str, Network]


def read(file: Path, keys: Sequence[str]) -> tuple[dict[str, Any], Facts]:
    """The complete configuration, and facts of the networks, none where torch is not installed.

    Prints one line per error and exits with 1 if it cannot run.

    **Arguments:** `keys` are changed in it, KEY=VALUE as Snakemake takes them. **Raises:** `InputError` if the file or
    a key cannot be read.
    """
    with _refused(file):
        config = load_configfile(str(file))
    with _refused("--config"):
        changed = parse_config(keys) if keys else {}
    facts: Facts = {}
    update_config(config, changed)
    return prepare(config, [file], changed, planning=True, found=facts.update), facts


@contextmanager
def _refused(source: object) -> Iterator[None]:
    """Errors of Snakemake as one line that names their source."""
    try:
        yield
    except (WorkflowError, ValueError, OSError) as error:
        raise InputError(f"{source}: {' '.join(str(error).split())}") from error


def rows(config: dict[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """Names and texts to be printed."""
    results = f"results/{config['run']}"
    run = Run(config, results, _unmade, _unmade, _unmade)
    networks = [("network", _network(name, facts.get(name))) for name in config["networks"]]
    methods = ("methods", f"{len(config['methods'])}: {', '.join(config['methods'])}")
    jobs = [("jobs", _jobs(run, facts))] if facts else []
    return [("images", _images(run)), *networks, methods, *jobs, ("results", results)]


def _unmade(*_: Any) -> None:
    """What a run asks Snakemake for, which has made nothing yet."""


def _number(run: Run) -> int:
    return min(run.expected(), sources.usable(run.config["dataset"]))


def _images(run: Run) -> str:
    dataset = run.config["dataset"]
    usable = [item for item in sources.listing(dataset) if not item.reason]
    labelled = sum(bool(item.labels) for item in usable)
    drawn = f" of {len(usable):,}, drawn at random" if "sample" in dataset else ""
    labels = f"{labelled:,} of {len(usable):,} have labels" if labelled else "without labels"
    return f"{_number(run):,}{drawn} in {dataset['path']}; {labels}"


def _network(name: str, facts: Network | None) -> str:
    """Layer, map, classes and weights."""
    if facts is None:
        return f"{name}: not opened, because torch is not installed"
    height, width = facts["map"]
    weights = "random weights" if facts["random"] else f"weights {facts['weights']}"
    layer = f"layer {facts['layer']}, maps of {height} x {width} from {facts['channels']:,} channels"
    return f"{name}: {layer}; {facts['classes']:,} classes; {weights}"


def _jobs(run: Run, facts: Facts) -> str:
    """How many there are of each stage; those that make the tables and figures come on top."""
    made = [name for name in STAGES if run.reading.makes(name)]
    counts = {name: sum(_of_stage(run, facts, name)) for name in made}
    each = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,} ({each}), and those of tables and figures"


def _of_stage(run: Run, facts: Facts, stage: str) -> Iterator[int]:
    """Number of jobs of each result of a stage; a stage whose work is not cut has one."""
    images = _number(run)
    if STAGES[stage].per == ("preprocessing",):
        yield from [shard_count(images, run.cut.rows())] * len(run.preprocessings)
        return
    labels = run.methods if "method" in STAGES[stage].per else [None]
    for network in run.networks:
        for method in labels:
            size = by_stage(run.config, run.cut, facts[network], method).get(stage, images)
            yield shard_count(images, size)
