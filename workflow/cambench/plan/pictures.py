"""What jobs read that show single images, or curves of all of them: chunk files of every network and method."""

from types import SimpleNamespace
from typing import Any

from .files import Files, Named
from .objects import Objects
from .run import Run, Wildcards
from .settings import Settings


class Pictures:
    """Inputs of figures and of the report, by `stage.variable`, network and method."""

    def __init__(self, run: Run, settings: Settings, files: Files) -> None:
        self._run, self._settings, self._files, self._objects = run, settings, files, Objects(run)

    def curves(self, _: Wildcards) -> Named:
        """Input function: all curves."""
        return self._all("curves.deletion", "curves.insertion")

    def report(self, _: Wildcards) -> Named:
        """Input function: all that the report may show of images, which nobody knows before they are measured."""
        if not self._run.config["report"]["images"]:
            return {}
        curves = ("curves.deletion", "curves.insertion", "curves.steps") if self._run.has_curves else ()
        return self._all("images.pixels", "saliency.raw", "masked.raw", *curves) | self._boxes()

    def masking(self, _: Wildcards = None) -> dict[str, dict[str, Any]]:
        """Params function: how each method's maps become masks, and those inputs."""
        return {method: self._settings.masking(SimpleNamespace(method=method)) for method in self._run.methods}

    def objects(self, _: Wildcards = None) -> dict[str, str | None]:
        """Params function: digest of the settings of each network's table of boxes; None if there is none."""
        return {name: self._objects.of_network(SimpleNamespace(network=name)) for name in self._run.networks}

    def unmasked(self, _: Wildcards = None) -> list[str]:
        """Params function: methods without maps of the masked inputs."""
        has = self._settings.has_masked_maps
        return [method for method in self._run.methods if not has(SimpleNamespace(method=method))]

    def gallery(self, _: Wildcards) -> Named:
        """Input function: chunk files of the gallery's images and maps."""
        found: Named = {}
        for network in self._run.networks:
            found[f"images.pixels {network}"] = self._holding("images.pixels", network, None)
            for method in self._run.methods:
                found[f"saliency.raw {network} {method}"] = self._holding("saliency.raw", network, method)
        return found

    def gallery_rows(self, _: Wildcards = None) -> list[int]:
        """Rows of the images of the gallery, evenly spaced."""
        images = self._run.images()
        wanted = min(images, self._run.config["figures"]["gallery_images"])
        return sorted({round(number * (images - 1) / max(1, wanted - 1)) for number in range(wanted)})

    def _boxes(self) -> Named:
        """Where the objects of each network's images lie, if the run asks."""
        found = {name: self._objects.of_metrics(SimpleNamespace(network=name)) for name in self._run.networks}
        return {f"objects {name}": table["objects"] for name, table in found.items() if table}

    def _all(self, *names: str) -> Named:
        """Chunk files of all rows."""
        rows = [0, self._run.images()]
        return {
            f"{name} {network} {method}": self._files.covering(name, rows, network, method)
            for network, method in self._run.pairs
            for name in names
        }

    def _holding(self, name: str, network: str, method: str | None) -> list[str]:
        """Chunk files of a variable that hold the rows of the gallery."""
        rows = self.gallery_rows()
        return list(dict.fromkeys(str(self._files.covering(name, [row, row + 1], network, method)) for row in rows))
