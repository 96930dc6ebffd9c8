"""A finished run as Python sees it: its tables, its maps, its pictures, each read when it is asked for."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from .. import methods
from ..config import layers
from ..errors import InputError, shown, suggestion
from ..images.names import Names
from ..images.sizes import preprocessing_name
from ..masks import Masking
from ..points import Points
from ..store import layout
from ..store.layout import SETTINGS, ArraySpec
from ..store.network import Network
from ..store.reader import Rows
from ..store.stages import STAGES
from .record import Record
from .rows import Parts, StoredRows

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from matplotlib.figure import Figure


class Titles(NamedTuple):
    """Titles by name, in the order of the configuration."""

    networks: dict[str, str]
    methods: dict[str, str]


def open_run(path: str | Path) -> "Run":
    """The finished run in a folder such as `results/demo`; the folder may have been moved or copied.

    **Raises:** `InputError` if the folder holds no finished run, or its record is damaged. Other files are held against
    the record when they are read.
    """
    return Run(Record.of(Path(path)))


@dataclass(frozen=True)
class Run:
    """A finished run. It may be used by several threads; a few hundred megabytes of what they read are kept at most.

    Everything **raises** `InputError`, one line, for a file that is lost, or is not what the run recorded.
    """

    record: Record
    _parts: Parts = field(default_factory=Parts, repr=False)
    _opened: dict[tuple[str, str], StoredRows] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.record.path

    @property
    def name(self) -> str:
        """The run's name in its configuration."""
        return str(self.record.facts["run"])

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, complete, as it can be run again."""
        found: dict[str, Any] = self.record.facts["config"]
        return found

    @property
    def networks(self) -> dict[str, Network]:
        """Facts of the networks by name, in the order of the configuration; each target layer is one."""
        found: dict[str, Network] = self.record.facts["networks"]
        return found

    @property
    def methods(self) -> list[str]:
        """Labels of the methods, in the order of the configuration."""
        return list(self.config["methods"])

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every network with every method."""
        return self.some(None, None)

    @property
    def images(self) -> int:
        """Number of images."""
        return int(self.record.facts["manifest"]["images"])

    @cached_property
    def titles(self) -> Titles:
        """Titles of networks and methods; a name where no title was given."""
        blocks: dict[str, dict[str, Any]] = {}
        for name, block in self.config["networks"].items():
            blocks |= layers.entries(name, block) if "layers" in block else {name: block}
        found = ({name: block.get("title", name) for name, block in of.items()} for of in (blocks, self._blocks))
        return Titles(*found)

    @cached_property
    def metrics(self) -> pl.DataFrame:
        """One row per network, method and image; metrics are fractions."""
        return self.scan().collect()

    def scan(self) -> pl.LazyFrame:
        """The same, read part by part."""
        return pl.scan_parquet(self.record.file("metrics.parquet"))

    @cached_property
    def manifest(self) -> pl.DataFrame:
        """The images: number, path, label, size, SHA-256, all labels."""
        return pl.read_parquet(self.record.file("manifest.parquet"))

    def table(self, name: str) -> pl.DataFrame:
        """A table such as `summary`, `pairwise` or `cost`, from its Parquet or CSV file."""
        files = {Path(file).name for file in self.record.names if file.startswith("tables/")}
        if f"{name}.parquet" in files:
            return pl.read_parquet(self.record.file(f"tables/{name}.parquet"))
        if f"{name}.csv" in files:
            return pl.read_csv(self.record.file(f"tables/{name}.csv"), infer_schema_length=None)
        known = sorted(file.removesuffix(".csv") for file in files if file.endswith(".csv"))
        raise InputError(f"{self.path}: no table {shown(name)}{suggestion(name, known)}; it has {', '.join(known)}")

    def reader(self, network: str, method: str | None = None) -> Callable[[str], Rows]:
        """Reads variables `stage.variable` of a network, or of a network and method, such as `saliency.raw`.

        Rows are read when a slice of them is asked for: `run.reader("net", "gradcam")("saliency.raw")[3:4]` is float32
        (1, h, w). Names and shapes are those of the stores.
        """
        self._check(network, method)
        return lambda name: self._rows(name, network, method)

    def masking(self, method: str) -> Masking:
        """How a method's raw maps become masks, and those inputs."""
        cam = self._blocks[self._method(method)]["cam"]
        try:
            return Masking(methods.facts(cam).relu, **self.config["masking"])
        except InputError as error:  # a method that is not installed here
            raise InputError(f"{self.path}: nothing says how maps of {method} are scaled: {error}") from error

    def points(self, network: str) -> Points | None:
        """Which steps the curves of a network have; None if the run has no curves."""
        curves, facts = self.config["curves"], self.networks[self.network(network)]
        return Points.of(math.prod(facts["input"]), curves) if curves["enabled"] else None

    def names(self, network: str) -> Names | None:
        """Names of a network's classes by number, as far as they are known."""
        found: Names | None = self._classes.get(self.network(network))
        return found

    def has_masked_maps(self, method: str) -> bool:
        """Whether there are maps of the masked inputs: not of maps that were computed elsewhere without them."""
        block = self._blocks[self._method(method)]
        return not methods.facts(block["cam"]).is_precomputed or bool(block["settings"].get("masked"))

    def maps(
        self, network: str | None = None, method: str | Sequence[str] | None = None, kind: str = "mask"
    ) -> "xr.Dataset":
        """Maps as an xarray Dataset that is read when it is asked for; see `runs.maps.dataset`."""
        from .maps import dataset

        return dataset(self, network, method, kind)

    def masked(self, network: str, method: str, images: slice) -> "np.ndarray":
        """Masked inputs x U(S), normalised, float32 (n, 3, H, W), of a slice of the images; see `runs.masked`."""
        from .masked import inputs

        return inputs(self, network, method, images)

    def show(self, image: int, network: str | None = None, methods: Sequence[str] | None = None) -> "Figure":
        """A figure of one image with its maps, as the gallery has it; see `runs.show.figure`."""
        from .show import figure

        return figure(self, image, network, methods)

    def network(self, name: str | None) -> str:
        """The name of a network of the run; None stands for the only one. **Raises:** `InputError`."""
        if name is None and len(self.networks) == 1:
            return next(iter(self.networks))
        if name not in self.networks:
            said = f"has networks {', '.join(self.networks)}; name one of them"
            raise InputError(f"{self.path}: {said}" + ("" if name is None else f", not {shown(name)}"))
        return name

    def some(self, network: str | None, method: str | None) -> list[tuple[str, str]]:
        """Pairs of a network and a method; None stands for all. **Raises:** `InputError` for what the run has not."""
        networks = list(self.networks) if network is None else [self.network(network)]
        methods = self.methods if method is None else [self._method(method)]
        return [(one, other) for one in networks for other in methods]

    @property
    def _blocks(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.config["methods"]
        return found

    @cached_property
    def _classes(self) -> dict[str, Any]:
        return self.record.json("classes.json")

    def _method(self, method: str) -> str:
        if method not in self._blocks:
            raise InputError(f"{self.path}: no method {shown(method)}{suggestion(method, self.methods)}")
        return method

    def _check(self, network: str, method: str | None) -> None:
        self.network(network)
        if method is not None:
            self._method(method)

    def _rows(self, name: str, network: str, method: str | None) -> StoredRows:
        stage, _, variable = name.partition(".")
        if stage not in STAGES or variable not in STAGES[stage].writes:
            known = [f"{stage}.{name}" for stage, of in STAGES.items() for name in of.writes]
            raise InputError(f"{self.path}: no variable {shown(name)}{suggestion(name, known)}")
        preprocessing = preprocessing_name(self.networks[network]["preprocessing"])
        values = {"preprocessing": preprocessing, "network": network, "method": method}
        names = [values[part] for part in STAGES[stage].per]
        if None in names:
            raise InputError(f"{self.path}: {name} is of a method; name it: reader(network, method)")
        store = layout.store(stage, *map(str, names))
        if (store, variable) not in self._opened:
            spec = self._spec(store, stage, variable)
            self._opened[store, variable] = StoredRows(f"{self.path}/{store}", spec, self.images, self._parts)
        return self._opened[store, variable]

    def _spec(self, store: str, stage: str, variable: str) -> ArraySpec:
        """A variable's chunk files, as the metadata of its store describe them."""
        found = self.record.json(f"{store}/zarr.json")
        array = found["consolidated_metadata"]["metadata"][variable]
        rows = array["chunk_grid"]["configuration"]["chunk_shape"][0]
        return ArraySpec(stage, variable, rows, tuple(array["shape"][1:]), found["attributes"][SETTINGS])
