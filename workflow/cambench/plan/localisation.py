"""Numbers of the whole set about where objects are, for a run that asks for them: files and params."""

from typing import Any

from ..images.sizes import preprocessing_name
from .objects import Objects
from .run import Run, Wildcards

_KINDS = ("csv", "md", "tex", "html")


class Localisation:
    """Tables of images per network and method, and the one of the set."""

    def __init__(self, run: Run) -> None:
        self._run, self._at, self._objects = run, run.results, Objects(run)

    @property
    def wanted(self) -> bool:
        """Whether the configuration has the block."""
        return "localisation" in self._run.config

    @property
    def stages(self) -> list[str]:
        """The stage that makes the tables of images, if the run has it."""
        return ["localisation"] * self.wanted

    @property
    def tables(self) -> list[str]:
        """The table of images of every network and method; none if nobody asks."""
        pairs = self._run.pairs if self.wanted else []
        return [f"{self._at}/localisation/{network}/{method}.parquet" for network, method in pairs]

    @property
    def shown(self) -> list[str]:
        """Names of the files of the table of the set, in the folder `tables`; none if nobody asks."""
        return [f"localisation.{kind}" for kind in _KINDS if self.wanted]

    def objects(self, wildcards: Wildcards) -> dict[str, Any]:
        """Input function: where the objects of a network's images lie."""
        name = preprocessing_name(self._preprocessing(wildcards))
        return {"objects": f"{self._at}/objects/{name}.parquet"}

    def thresholds(self, _: Wildcards = None) -> int:
        """Params function: at how many shares of its maximum each mask is cut."""
        return int(self._run.config["localisation"]["thresholds"])

    def placed(self, wildcards: Wildcards) -> str:
        """Params function: digest of the settings of that table of objects."""
        return self._objects.digest(self._preprocessing(wildcards))

    def deciding(self, wildcards: Wildcards) -> dict[str, Any]:
        """What decides a table of images, beside the maps and how they become masks."""
        return {"objects": self.placed(wildcards), "thresholds": self.thresholds()}

    def _preprocessing(self, wildcards: Wildcards) -> dict[str, Any]:
        return dict(self._run.config["networks"][wildcards.network]["preprocessing"])
