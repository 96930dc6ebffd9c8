"""What judging the metrics takes from a configuration: which methods are controls, and which maps were degraded."""

from typing import Any

from .. import methods
from .run import Run

_SHARE = "share"


class Judged:
    """What is known of a run's methods before any metric is."""

    def __init__(self, run: Run) -> None:
        self._run, self._blocks = run, run.config["methods"]

    def known(self, _: Any = None) -> dict[str, Any]:
        """Params function: the fields of `results.judging.Known`."""
        found = {"controls": self._run.controls, "random": self._of("random"), "edges": self._of("sobel")}
        return {**found, "ladders": self.ladders()}

    def ladders(self) -> list[dict[str, float]]:
        """Labels with their shares of shuffled cells, of each method that was degraded by more than one share.

        Labels of one ladder differ in the share alone. The method itself, with its default settings, has share 0.
        """
        found: dict[tuple, dict[str, float]] = {}
        own = methods.facts("degraded").settings
        for label in self._of("degraded"):
            settings = {name: setting.default for name, setting in own.items()} | self._blocks[label]["settings"]
            share = float(settings.pop(_SHARE))
            whole = dict.fromkeys(filter(self._is_default, self._of(settings["cam"])), 0.0)
            found.setdefault(tuple(settings.values()), whole)[label] = share
        return [ladder for ladder in found.values() if len(set(ladder.values())) > 1]

    def _of(self, cam: str) -> list[str]:
        return [label for label, block in self._blocks.items() if block["cam"] == cam]

    def _is_default(self, label: str) -> bool:
        """Whether a label asks for its method as a degraded map does."""
        allowed = methods.facts(self._blocks[label]["cam"]).allowed
        return all(value == allowed[name].default for name, value in self._blocks[label]["settings"].items())
