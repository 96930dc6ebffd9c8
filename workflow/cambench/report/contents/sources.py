"""What the page is made from: tables of a finished run, facts of its networks, and what its configuration says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from ... import methods
from ...results.bootstrap import Bootstrap
from ...store import tables
from ...store.network import Network
from ..captions import COLUMNS, Facts

if TYPE_CHECKING:
    from ...job import Job

TABLES: tuple[str, ...] = ("pairwise", "ranks", "kendall", "cost", "curves", "published")
TABLES += ("ranks_by_criterion", "gains", "judged_metrics", "localisation")
# Columns of these tables that hold text; all others hold numbers.
_TEXTS: tuple[str, ...] = (
    "network",
    "method",
    "method_a",
    "method_b",
    "metric",
    "other",
    "stage",
    "curve",
    "source",
    "label",
)
_TEXTS += ("distance", "verdict", "said", "reason", "criterion")


@dataclass(frozen=True)
class Method:
    """A method of the run.

    - `title`, `cam` (the method behind the label) and the `settings` that were given.
    - `control`: whether its maps explain nothing; `trivial`: whether they hide next to nothing.
    - `about`: what the method is, in one line that names its paper.
    """

    title: str
    cam: str
    control: bool = False
    trivial: bool = False
    about: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """What the page shows of a run.

    - `config`: complete, as the run can be made again.
    - `networks`: titles by name; `methods` by name; both in the configuration's order.
    - `facts` of the networks by name; `caption`: what decided the numbers.
    - `frame`: the columns of the per-image table that captions are made of, `captions.COLUMNS`.
    - `summary` as `results.summary.summarise` makes it; `tables`: some of `TABLES` by name.
    - `layers`: of each network that is one of several target layers: name and title of its network, and the layer.
    - `rejected`: path and reason of each file that was not used.
    - `files` of the run, by their paths below its folder.
    - `images`: what `report.shown` packed of images and maps; None if the page holds none.
    """

    config: Mapping[str, Any]
    networks: Mapping[str, str]
    methods: Mapping[str, Method]
    facts: Mapping[str, Network]
    caption: Facts
    frame: pl.DataFrame
    summary: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    rejected: pl.DataFrame
    layers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Sequence[str] = ()
    images: Mapping[str, Any] | None = None

    @property
    def pairwise(self) -> pl.DataFrame:
        return self.tables["pairwise"]

    @cached_property
    def controls(self) -> list[str]:
        """Names of the methods that explain nothing."""
        return [name for name, method in self.methods.items() if method.control]

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of the methods, by name."""
        return {name: method.title for name, method in self.methods.items()}


def of_job(run: "Job", images: Mapping[str, Any] | None) -> Sources:
    """Of the report's job, whose inputs and params are those of `rules/report.smk`.

    **Arguments:** `images` what `report.shown` packed.
    """
    p, paths = run.params, run.input
    named = dict(paths.items())
    rejected = tables.read(paths.rejected)
    facts = Facts(rejected=len(rejected), sample=p.sample, bootstrap=Bootstrap(**p.bootstrap), **p.caption)
    found = {name: tables.read_csv(named[name], run.results) for name in TABLES if name in named}
    return Sources(
        config=p.config,
        networks=p.networks,
        methods=methods_of(p.config, p.methods, p.controls, p.trivial),
        facts=run.networks,
        caption=facts,
        frame=tables.scan(paths.metrics, p.table).select(COLUMNS).collect(),
        summary=tables.read(paths.summary, settings=p.summary),
        tables={name: typed(table) for name, table in found.items()},
        rejected=rejected,
        layers=p.layers,
        files=p.files,
        images=images,
    )


def methods_of(
    config: Mapping[str, Any], titles: Mapping[str, str], controls: Collection[str], trivial: Collection[str]
) -> dict[str, Method]:
    """The methods of a configuration, by name, with what their files say of them."""
    found = {}
    for name, title in titles.items():
        block = config["methods"][name]
        about = " ".join(methods.facts(block["cam"]).about.split())
        found[name] = Method(
            title, block["cam"], name in controls, name in trivial, about, dict(block.get("settings") or {})
        )
    return found


def typed(table: pl.DataFrame) -> pl.DataFrame:
    """A table from CSV with text as text and numbers as numbers, also where a column has no value at all."""
    kinds = {name: pl.String if name in _TEXTS else pl.Float64 for name in table.columns}
    return table.cast(kinds)  # type: ignore[arg-type]
