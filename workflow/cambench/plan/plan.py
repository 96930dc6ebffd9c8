"""All that the rules of a run ask."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..provenance.digests import code_digest
from .files import Files
from .made import Made
from .pilot import Pilot
from .resources import Resources
from .run import Run, Wildcards
from .settings import Settings


class Plan:
    """A run's plan: `run`, `files`, `pilot`, `settings`, `made`, `resources`, and digests of the code of its jobs.

    **Arguments:** `config` complete; `results` the run's folder; `manifest` gives Snakemake's files manifest and
    rejected, once they are made; `described` the file of a network's facts, and `pilot` the pilot's manifest, likewise;
    `scripts` the folder of the adapters; `stored` whether the files lie in a storage, from which Snakemake fetches what
    jobs read; `remembered` whether it has a record of a file; `cores` those of this machine, None if jobs run
    elsewhere.
    """

    def __init__(
        self,
        config: dict,
        results: str,
        manifest: Callable[[], Any],
        described: Callable[[str], Any],
        scripts: Path,
        stored: bool = False,
        remembered: Callable[[str], bool] = lambda file: True,
        pilot: Callable[[], Any] = lambda: None,
        cores: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.config, self._scripts = config, scripts
        self.run = Run(config, results, manifest, described, pilot)
        self.settings = Settings(self.run)
        self.made = Made(self.run, self.settings, remembered)
        self.files = Files(self.run, self.settings, self.made, at_hand=not stored)
        self.pilot = Pilot(self.run)
        self.resources = Resources(self.run, cores)

    @functools.cache  # noqa: B019  there is one plan per process, and thousands of jobs ask
    def code(self, adapter: str, *modules: str) -> str:
        """Digest of the code that a job runs, with modules that it finds by name."""
        return code_digest(self._scripts / f"{adapter}.py", *modules)

    def code_of_method(self, adapter: str) -> Callable[[Wildcards], str]:
        """Params function: digest of the code that a job runs, with that of its method."""
        return lambda wildcards: self.code(adapter, self._cam(wildcards.method))

    def all_code(self) -> dict[str, str]:
        """Digests of the code of every adapter, and of every method with all that it imports."""
        adapters = {path.stem: self.code(path.stem) for path in sorted(self._scripts.glob("*.py"))}
        cams = sorted({self._cam(method) for method in self.run.methods})
        return adapters | {cam: self.code("saliency", cam) for cam in cams}

    def _cam(self, method: str) -> str:
        return f"methods.{self.config['methods'][method]['cam']}"
