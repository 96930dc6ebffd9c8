"""Which stages a run has, and what each reads of the others, as its configuration says it."""

from typing import Any

from .. import further, methods
from ..store.stages import FURTHER, STAGES


class Reading:
    """Stages of a run."""

    def __init__(self, config: dict) -> None:
        self._config = config

    def makes(self, stage: str, method: str | None = None) -> bool:
        """Whether the run has a stage, and a label a result of it."""
        if stage == "channel_scores":
            return bool(self.scored)
        if stage == "localisation":
            return stage in self._config
        if STAGES[stage].further:
            return further.is_made(stage, self._config) and not (STAGES[stage].repeats and self._is_given(method))
        return stage != "curves" or bool(self._config["curves"]["enabled"])

    @property
    def scored(self) -> list[str]:
        """Labels that take the scores of channels."""
        return [method for method in self._config["methods"] if self.takes_scores(method)]

    def takes_scores(self, method: str) -> bool:
        """Whether a label is Score-CAM with probabilities, which stage `channel_scores` makes once for all of them.

        It does so for a single one, too, or the first one's maps would be made again when another is added.
        """
        block = self._config["methods"][method]
        return methods.takes_scores(block["cam"], block["settings"])

    def of(self, stage: str, method: str | None) -> list[str]:
        """What the jobs of a stage read, `stage.variable`; `method` is None if it has no result per method."""
        names = [name for name in STAGES[stage].reads if self.makes(name.partition(".")[0], method)]
        without = method is not None and not self.takes_scores(method)
        return [name for name in names if not (without and name.startswith("channel_scores."))]

    def further(self, wildcards: Any) -> list[str]:
        """Params function: which stages the metrics of a label need beside those that every run has."""
        return [stage for stage in FURTHER if self.makes(stage, wildcards.method)]

    def _is_given(self, method: str | None) -> bool:
        """Whether a label's maps come from a file, so that nothing can make more of them."""
        return method is not None and methods.facts(self._config["methods"][method]["cam"]).is_precomputed

    def stages_of(self, stage: str, wildcards: Any) -> list[str]:
        """A job's stage, and those that it reads."""
        read = self.of(stage, getattr(wildcards, "method", None))
        return list(dict.fromkeys([stage, *(name.partition(".")[0] for name in read)]))
