"""What decides a result: settings, and digests of files and code. Rules hand them to jobs as params."""

import csv
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import further, methods, metrics, paths
from ..config import layers
from ..images import precomputed, sources
from ..images.sizes import cropping
from ..provenance import digests
from ..store.stages import STAGES
from . import protocol, tried
from .run import Run, Wildcards
from .tried import CACHE

# They decide no answer: names, places, and what the trial of a network is held against.
_NOT_DECIDING = ("title", "of", "classes_file", "classes", "weights_folder", "sha256")
_CHOOSING = ("revision", "weights_key")  # one of several sets of weights, which is known once the network was tried


class Settings:
    """Settings of a run's networks, methods and stages."""

    def __init__(self, run: Run) -> None:
        self._run, self._config = run, run.config

    @functools.cache  # noqa: B019  there is one run per process
    def of_network(self, name: str) -> dict[str, Any]:
        """What decides a network's answers: its title does not, its weights and the contents of its files do.

        Jobs find the whole block in the configuration.
        """
        block, found = self._config["networks"][name], tried.deciding(self._config["networks"][name])
        left_out = (*_NOT_DECIDING, *(_CHOOSING if found["state"] else ()))
        own = {key: value for key, value in block.items() if key not in left_out}
        if found["weights_digest"]:  # wherever the file lies
            own["weights"] = Path(block["weights"]).name
        return _ordered({**own, **found, "precision": self._config["compute"]["precision"]})

    def network(self, wildcards: Wildcards) -> dict[str, Any]:
        """Params function: what decides a network's answers."""
        return self.of_network(wildcards.network)

    def classes_files(self, _: Wildcards = None) -> dict[str, str]:
        """Params function: paths of the files of names of classes, by network."""
        blocks = self._config["networks"].items()
        return {name: str(paths.resolve(block["classes_file"])) for name, block in blocks if "classes_file" in block}

    def classes_digests(self, _: Wildcards = None) -> dict[str, str]:
        """Params function: digests of these files."""
        return {name: digests.file_digest(Path(path), CACHE) for name, path in self.classes_files().items()}

    def method(self, wildcards: Wildcards) -> dict[str, Any]:
        """Params function: what decides a method's maps; of precomputed ones, the contents of their files."""
        block = self._config["methods"][wildcards.method]
        version = self._run.facts(wildcards.method).version
        chosen = {"cam": block["cam"], "settings": _ordered(block["settings"]), "version": version}
        for other in methods.involved(block["cam"], block["settings"])[1:]:  # whose maps it changes
            chosen["of"] = {"cam": other, "version": methods.facts(other).version}
        if not self.is_precomputed(wildcards.method):
            return chosen
        return {**chosen, "files": self._files_of(wildcards.method)}

    @functools.cache  # noqa: B019  there is one run per process, and thousands of jobs ask
    def _files_of(self, method: str) -> list[str]:
        """Digests of the files of precomputed maps."""
        settings = self._config["methods"][method]["settings"]
        files = [settings[key] for key in ("path", "masked", "names") if settings.get(key)]
        return [digests.tree_digest(Path(file), CACHE) for file in files]

    def is_precomputed(self, method: str) -> bool:
        """Whether a method's maps come from a file."""
        return self._run.facts(method).is_precomputed

    def resolution_of(self, method: str) -> str | list[int]:
        """Size of a method's maps: of the `layer`, of the `input`, or [h, w] of a file's."""
        if self.is_precomputed(method):
            return list(precomputed.shape(self._config["methods"][method]["settings"]["path"])[1:])
        return self._run.facts(method).resolution

    def resolution(self, wildcards: Wildcards) -> str | list[int]:
        """Params function: size of a method's maps."""
        return self.resolution_of(wildcards.method)

    def has_masked_maps(self, wildcards: Wildcards) -> bool:
        """Params function: whether there are maps of the masked inputs, without which there is no coherency."""
        block = self._config["methods"][wildcards.method]
        return not self.is_precomputed(wildcards.method) or bool(block["settings"].get("masked"))

    def scaling_of(self, method: str) -> dict[str, Any]:
        """What decides a mask."""
        return {"relu": self._run.facts(method).relu, "order": self._config["masking"]["order"]}

    def scaling(self, wildcards: Wildcards) -> dict[str, Any]:
        """Params function: what decides a mask."""
        return self.scaling_of(wildcards.method)

    def masking(self, wildcards: Wildcards) -> dict[str, Any]:
        """Params function: what decides a masked input."""
        return {**self.scaling_of(wildcards.method), "space": self._config["masking"]["space"]}

    def curves(self) -> dict[str, Any]:
        """What decides a curve; how its area is taken does not. Empty if no curves are drawn."""
        drawn = ("pixels_per_step", "points", "deletion", "insertion", "ties") if self._run.has_curves else ()
        return {key: _ordered(self._config["curves"][key]) for key in drawn}

    def asked(self, stage: str) -> dict[str, Any]:
        """What decides a stage that only a metric asks for, beside network, method and images."""
        found: dict[str, Any] = _ordered(further.settings(stage, self._config))
        return found

    def lengths(self, wildcards: Wildcards) -> dict[str, int]:
        """Params function: how long the dimensions are that arrays of such stages have, as metrics of a label read."""
        return further.lengths_of(self._run.reading.further(wildcards), self._config)

    def attributes(self, stage: str) -> Callable[[Wildcards], dict[str, Any]]:
        """Params function: the settings that a store was made with, which it carries."""
        config = _ordered({**{key: self._config[key] for key in ("masking", "target")}, "dataset": self.dataset()})
        own: dict[str, dict] = {
            "masked": {"masking": config["masking"]},
            "curves": {"order": config["masking"]["order"], "curves": self.curves()},
        }

        def function(wildcards: Wildcards) -> dict[str, Any]:
            if stage == "images":
                return {"preprocessing": self.preprocessing(wildcards), "dataset": config["dataset"]}
            block = self.network(wildcards)
            if "method" in STAGES[stage].per:
                block = {"network": block, **self.method(wildcards)}
            if STAGES[stage].further:
                own[stage] = {stage: self.asked(stage)}
            return {"settings": block, "target": config["target"], **own.get(stage, {})}

        return function

    def dataset(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: what decides the images; where their objects are does not."""
        return {key: value for key, value in self._config["dataset"].items() if key not in ("boxes", "masks")}

    def preprocessing(self, wildcards: Wildcards) -> dict[str, Any]:
        """Params function: what decides the stored pixels."""
        return cropping(self._run.preprocessings[wildcards.preprocessing])

    def bootstrap(self) -> dict[str, Any]:
        """How intervals are made."""
        return {key: self._config["tables"][key] for key in ("resamples", "confidence", "seed")}

    def printed_intervals(self) -> float | None:
        """Confidence of the intervals in the paper's table; None if it has none."""
        block = self._config["tables"]
        return block["confidence"] if block["intervals"] else None

    def area(self) -> str | None:
        """Rule of the area under a curve; None if no curves are drawn."""
        return self._config["curves"]["area"] if self._run.has_curves else None

    def metrics(self) -> dict[str, int]:
        """Versions of the run's metrics, by name as the configuration has it, in the order of tables."""
        return {name: metrics.facts(name).column.version for name in metrics.in_order(self._config["metrics"])}

    def definitions(self, _: Wildcards = None) -> dict[str, dict[str, int]]:
        """Params function: versions of the metrics, by column, and of the methods, by label."""
        columns = (metrics.facts(name).column for name in self._config["metrics"])
        return {
            "metrics": {column.name: column.version for column in columns},
            "methods": {label: self._run.facts(label).version for label in self._config["methods"]},
        }

    def caption(self) -> dict[str, Any]:
        """What captions say of the run, beside what its images and networks tell."""
        config = self._config
        chosen = {key: config[key] for key in ("target", "masking")}
        precision = config["compute"]["precision"]
        chosen |= {"precision": precision, "effect": _precision_effect(precision), "curves": self.curves() or None}
        return {**chosen, "attends": any(self._run.facts(method).attends for method in self._run.methods)}

    def published(self, _: Wildcards = None) -> dict[str, dict[str, Any]]:
        """Params function: every setting that decides a number, in this run and in the paper's preset."""
        return {"ours": _ordered(protocol.of(self._config)), "preset": protocol.of_paper()}

    def recorded(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: the configuration as it can be run again, in which repositories have their commit."""
        found = layers.written(self._config)
        for name, block in layers.blocks(self._config["networks"]).items():
            if commit := tried.read(block)["revision"]:
                found["networks"][name]["revision"] = commit
        return found

    def published_labels(self) -> dict[str, str]:
        """The published name of each method that has one."""
        blocks = self._config["methods"].items()
        return {label: block["published"] for label, block in blocks if "published" in block}

    def root(self, _: Wildcards = None) -> str:
        """Folder of the data set's images."""
        return str(sources.root(self._config["dataset"]))


def _ordered(value: Any) -> Any:
    """Keys in one order, because Snakemake compares params as text, and their order decides nothing."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _precision_effect(precision: str) -> dict[str, float]:
    """By how many points of each metric a precision was seen to move a method's mean; nothing for float32."""
    found: dict[str, float] = {}
    if precision != "float32":
        with paths.reference(f"reference/{precision}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["metric"]] = max(found.get(row["metric"], 0.0), abs(float(row["shift"])))
    return found
