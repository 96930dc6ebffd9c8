"""All that the rules of a run ask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..provenance.digests import code_digest
from .files import Files
from .resources import Resources
from .run import Run, Wildcards
from .settings import Settings


class Plan:
    """A run's plan: `run`, `files`, `settings`, `resources`, and digests of the code of its jobs.

    **Arguments:** `config` complete; `results` the run's folder; `manifest` gives Snakemake's files manifest and
    rejected, once they are made; `scripts` the folder of the adapters.
    """

    def __init__(self, config: dict, results: str, manifest: Callable[[], Any], scripts: Path) -> None:
        self.config, self._scripts = config, scripts
        self.run = Run(config, results, manifest)
        self.settings = Settings(self.run)
        self.files = Files(self.run, self.settings)
        self.resources = Resources(self.run)

    def code(self, adapter: str) -> str:
        """Digest of the code that a job runs."""
        return code_digest(self._adapter(adapter))

    def code_of_method(self, adapter: str) -> Callable[[Wildcards], str]:
        """Params function: digest of the code that a job runs, with that of its method."""
        return lambda wildcards: code_digest(self._adapter(adapter), self._cam(wildcards.method))

    def all_code(self) -> dict[str, str]:
        """Digests of the code of every adapter, and of every method with all that it imports."""
        adapters = {path.stem: code_digest(path) for path in sorted(self._scripts.glob("*.py"))}
        cams = sorted({self._cam(method) for method in self.run.methods})
        return adapters | {cam: code_digest(self._adapter("saliency"), cam) for cam in cams}

    def _adapter(self, name: str) -> Path:
        return self._scripts / f"{name}.py"

    def _cam(self, method: str) -> str:
        return f"methods.{self.config['methods'][method]['cam']}"
