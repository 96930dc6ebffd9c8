"""All that the rules of a run ask."""

import functools
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from .. import methods, own
from ..provenance.digests import code_digest, remember
from .files import Files
from .judged import Judged
from .localisation import Localisation
from .made import Made
from .objects import Objects
from .pictures import Pictures
from .pilot import Pilot
from .resources import Resources
from .run import Run, Wildcards
from .settings import Settings


class Plan:
    """A run's plan, part by part, and digests of code.

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
        self.pictures = Pictures(self.run, self.settings, self.files)
        self.pilot, self.objects, self.judged = Pilot(self.run), Objects(self.run), Judged(self.run)
        self.localisation = Localisation(self.run)
        self.resources = Resources(self.run, cores)

    @functools.cache  # noqa: B019  there is one plan per process, and thousands of jobs ask
    def code(self, adapter: str, *modules: str | Path) -> str:
        """Digest of the code that a job runs, with modules that it finds by name, and the user's own files."""
        return code_digest(self._scripts / f"{adapter}.py", *modules)

    def code_of_method(self, adapter: str) -> Callable[[Wildcards], str]:
        """Params function: digest of the code that a job runs, with that of its method."""
        return lambda wildcards: self.code(adapter, *self._modules(wildcards.method))

    def code_of_metrics(self, adapter: str) -> str:
        """Digest of the code that a job runs, with that of the user's own metrics."""
        return self.code(adapter, *map(own.found, sorted(filter(own.is_own, self.config["metrics"]))))

    def all_code(self) -> dict[str, str]:
        """Digests of the code of every adapter, and of every method and own metric with all that it imports.

        That is all the code there is, so what was parsed is kept for the next start.
        """
        adapters = {path.stem: self.code(path.stem) for path in sorted(self._scripts.glob("*.py"))}
        cams = {cam: own.module("methods", cam) for cam in sorted({*chain(*map(self._cams, self.run.methods))})}
        others = {name: own.found(name) for name in self.config["metrics"] if own.is_own(name)}
        named = {cam if own.is_own(cam) else f"methods.{cam}": self.code("saliency", at) for cam, at in cams.items()}
        found = adapters | named | {name: self.code("metrics", file) for name, file in others.items()}
        remember()
        return found

    def _modules(self, method: str) -> list[str | Path]:
        return [own.module("methods", cam) for cam in self._cams(method)]

    def _cams(self, method: str) -> list[str]:
        block = self.config["methods"][method]
        return methods.involved(block["cam"], block["settings"])
