"""Every file of a run: outputs, inputs, targets, and what a finished store has to be."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from snakemake.io import ancient
from snakemake.ioflags import update

from .. import further, paths
from ..errors import refuse
from ..images.sizes import input_shape, preprocessing_name
from ..store import layout
from ..store.layout import StoreSpec
from ..store.stages import STAGES, STORES
from .localisation import Localisation
from .made import Made
from .objects import Objects
from .pilot import Pilot
from .run import Run, Wildcards
from .settings import Settings

_PAGES = ("md", "tex", "html")
_COMPARISON = ("pairwise", "ranks", "kendall", "ranks_by_criterion", "gains", "judged_metrics")
_JUDGED = ("ranks_by_criterion", "judged_metrics")
Named = dict[str, Any]


class Files:
    """Paths of a run, as Snakemake takes them."""

    def __init__(self, run: Run, settings: Settings, made: Made, at_hand: bool) -> None:
        """`at_hand`: jobs find what was written before them, which Snakemake doesn't fetch from a storage."""
        self._run, self._settings, self._made, self._at = run, settings, made, run.results
        self.at_hand, self._pilot, self._localisation = at_hand, Pilot(run), Localisation(run)

    aside = ".snakemake/cambench"  # for the log of a job that reads results in a folder that is read-only

    # What jobs write.

    def outputs(self, stage: str) -> Named:
        """Chunk files of one shard, by variable, with wildcards."""
        return layout.chunks(f"{self._at}/{layout.pattern(stage)}", stage)

    def kept(self, outputs: Any) -> Any:
        """Outputs that a job finds as they were before it, and that are put back if it fails."""
        return update(outputs) if self.at_hand else outputs

    def metadata(self, stage: str) -> list[str]:
        """Files that finishing a store writes, with wildcards."""
        return layout.metadata(f"{self._at}/{layout.pattern(stage)}", stage)

    def names(self, stage: str) -> str:
        """Folder of a stage's logs and benchmarks, with wildcards."""
        return layout.pattern(stage).removesuffix(".zarr")

    # What jobs read.

    def inputs(self, stage: str, of: Callable[[Wildcards], list[int]] | None = None) -> Callable[[Wildcards], Named]:
        """Input function: by `stage.variable`, chunk files that cover the rows of a job, or those that `of` gives."""

        def function(wildcards: Wildcards) -> Named:
            rows, method = (of or self._run.rows(stage))(wildcards), getattr(wildcards, "method", None)
            names = self._run.reading.of(stage, method)
            found: Named = {name: self.covering(name, rows, wildcards.network, method) for name in names}
            if method and STAGES[stage].runs_network and self._settings.is_precomputed(method):
                found["manifest"] = ancient(self._run.lists.path(rows))
            if stage == "predictions" and self._run.has_several(rows):  # which the store of images has no place for
                found["manifest"] = ancient(self._run.lists.path(rows))
            return found

        return function

    def chunks(self, stage: str) -> Callable[[Wildcards], list[str]]:
        """Input function: every chunk file of a store."""
        return lambda wildcards: self._chunks(stage, [getattr(wildcards, name) for name in STAGES[stage].per])

    def network(self, stage: str) -> Named:
        """The file of facts of a stage's network, if it has one."""
        has = "network" in STAGES[stage].per
        return {"network": f"{self._at}/networks/{{network}}.json"} if has else {}

    def published(self) -> Named:
        """The published table and the digests of its networks' weights; nothing if there is none to compare with."""
        table = self._run.config["tables"].get("published")
        if not table:
            return {}
        found = paths.reference(table)
        return {"published": str(found), "weights": str(found.with_name("weights.csv"))}

    # What a run makes.

    @property
    def networks(self) -> list[str]:
        return [f"{self._at}/networks/{network}.json" for network in self._run.networks]

    @property
    def metrics(self) -> list[str]:
        return [f"{self._at}/metrics/{network}/{method}.parquet" for network, method in self._run.pairs]

    @property
    def reported(self) -> Named:
        """Tables that the report shows, by name."""
        own = ["published"] * bool(self.published()) + ["curves"] * self._run.has_curves
        own += ["localisation"] * self._localisation.wanted
        texts = {name: f"{self._at}/tables/{name}.csv" for name in (*_COMPARISON, "cost", *own)}
        return {**texts, "summary": f"{self._at}/tables/summary.parquet"}

    @property
    def tables(self) -> list[str]:
        """Every table."""
        numbers = ["summary.parquet", *(f"{name}.csv" for name in ("summary", *_COMPARISON, "cost", "classes"))]
        pages = [f"{name}.{kind}" for name in ("summary", "paper", *_JUDGED) for kind in _PAGES]
        published = [f"published.{kind}" for kind in ("csv", *_PAGES)] if self.published() else []
        layers = [f"layers.{kind}" for kind in ("csv", *_PAGES)] if self._run.layers else []
        curves = ["curves.csv"] * self._run.has_curves + self._localisation.shown
        return [f"{self._at}/tables/{name}" for name in [*numbers, *curves, *pages, *layers, *published]]

    @property
    def figures(self) -> list[str]:
        """Every figure, as pages show it."""
        names = ["gallery.png", "adcc.svg", "fooled.svg", "pairwise.svg", "ranks.svg", "judging.svg"]
        names += ["layers.svg"] * bool(self._run.layers) + ["curves.svg"] * self._run.has_curves
        names += ["objects.png"] * Objects(self._run).needed
        return [f"{self._at}/figures/{name}" for name in names]

    @property
    def printed(self) -> list[str]:
        """The same figures as PDF, for papers."""
        return [f"{path.rpartition('.')[0]}.pdf" for path in self.figures]

    @property
    def roots(self) -> list[str]:
        """The root file of every store, which is written last."""
        return [self._metadata(*store)[0] for store in self._stores()]

    @property
    def recorded(self) -> list[str]:
        """Every file whose digest a run records; stores record those of their chunks."""
        listed = [ancient(f"{self._at}/{name}.parquet") for name in ("manifest", "rejected")]  # jobs follow their rows
        stores = [path for store in self._stores() for path in self._metadata(*store)]
        made = [f"{self._at}/metrics.parquet", *self.networks, *self.metrics, *stores, *self.tables, *self.figures]
        made += [*self.printed, f"{self._at}/classes.json", *self._pilot.made]
        made += [*Objects(self._run).tables, *self._localisation.tables]
        return [*listed, *made, f"{self._at}/machine.json", f"{self._at}/report/index.html"]

    def names_recorded(self, _: Wildcards = None) -> list[str]:
        """Params function: the recorded files, by their paths below the run's folder."""
        return [path.removeprefix(f"{self._at}/") for path in self.recorded]

    def everything(self, _: Wildcards) -> list[str]:
        """Input function: every store, and what is missing of the recorded files and of the chunks of finished stores.

        Snakemake remakes a lost file only if something asks for it.
        """
        folder, wanted, strangers = self._run.folder(), self.recorded, list[str]()
        for stage, *names in self._stores():
            root, wildcards = folder / layout.store(stage, *names), self._wildcards(stage, names)
            if (root / "zarr.json").exists():
                wanted += self._chunks(stage, names)
                strangers += self._made.strangers(root, stage, wildcards)
        refuse(strangers)
        return self.roots + [path for path in wanted if not (folder / path.removeprefix(f"{self._at}/")).exists()]

    def spec(self, stage: str) -> Callable[[Wildcards], StoreSpec]:
        """Params function: what a store has to be."""

        def function(wildcards: Wildcards) -> StoreSpec:
            return {**self._spec(stage, wildcards), "rows_per_chunk": self._run.shards_of(stage)(wildcards)[stage]}

        return function

    def specs(self, _: Wildcards = None) -> list[StoreSpec]:
        """Params function: what every store of the run has to be, but for how the network's facts cut its rows."""
        return [self._spec(stage, self._wildcards(stage, names)) for stage, *names in self._stores()]

    def _spec(self, stage: str, wildcards: Wildcards) -> StoreSpec:
        method, network = getattr(wildcards, "method", None), getattr(wildcards, "network", None)
        block = self._run.config["networks"][network]["preprocessing"] if network else None
        preprocessing = block or self._run.preprocessings[wildcards.preprocessing]
        return {
            "stage": stage,
            "names": [getattr(wildcards, name) for name in STAGES[stage].per],
            "rows_per_chunk": 0 if network else self._run.shards()[stage],
            "resolution": self._settings.resolution_of(method) if method else "layer",
            "points": self._run.points if stage == "curves" else None,
            "pixels": list(input_shape(preprocessing)),
            "lengths": further.lengths_of([stage], self._run.config),
            "has_masked_maps": self._settings.has_masked_maps(wildcards) if method else True,
            "attributes": self._settings.attributes(stage)(wildcards),
            "settings": self._made.digest(stage, wildcards),
        }

    def _wildcards(self, stage: str, names: list[str]) -> Wildcards:
        return SimpleNamespace(**dict(zip(STAGES[stage].per, names, strict=True)))

    def _stores(self) -> list[tuple[str, ...]]:
        """Every store of a run: its stage, and the names that it belongs to."""
        names: dict[tuple[str, ...], list] = {
            ("preprocessing",): [(name,) for name in self._run.preprocessings],
            ("network",): [(name,) for name in self._run.networks],
            ("network", "method"): self._run.pairs,
        }
        every = [(stage, *which) for stage in STORES for which in names[STAGES[stage].per]]
        return [store for store in every if self._run.reading.makes(store[0], *store[2:])]

    def _metadata(self, stage: str, *names: str) -> list[str]:
        return layout.metadata(f"{self._at}/{layout.store(stage, *names)}", stage)

    def _chunks(self, stage: str, names: list[str]) -> list[str]:
        root, images = f"{self._at}/{layout.store(stage, *names)}", self._run.images()
        shards = range(layout.shard_count(images, self._run.shards_of(stage)(self._wildcards(stage, names))[stage]))
        return [path for shard in shards for path in layout.chunks(root, stage, shard).values()]

    def covering(self, name: str, rows: list[int], network: str, method: str | None) -> str | list[str]:
        """Chunk files of a variable that cover some rows; one alone is no list, which costs Snakemake a kilobyte."""
        stage, _, variable = name.partition(".")
        preprocessing = preprocessing_name(self._run.config["networks"][network]["preprocessing"])
        values = {"preprocessing": preprocessing, "network": network, "method": method or ""}
        root = f"{self._at}/{layout.store(stage, *(values[part] for part in STAGES[stage].per))}"
        shards = layout.covering((rows[0], rows[1]), self._run.shards(network, method)[stage])
        found = [layout.chunk(root, stage, variable, shard) for shard in shards]
        return found if len(found) > 1 else found[0]
