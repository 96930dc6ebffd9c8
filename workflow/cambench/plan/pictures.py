"""What jobs read that show single images, or curves of all of them: chunk files of every network and method."""

from types import SimpleNamespace
from typing import Any

from ..images.sizes import preprocessing_name
from .files import Files, Named
from .objects import Objects
from .run import Run, Wildcards
from .settings import Settings

_OBJECTS = 12  # images of the figure that shows where objects are


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
            found[f"images.pixels {network}"] = self._holding("images.pixels", network, None, self.gallery_rows())
            for method in self._run.methods:
                rows = self.gallery_rows()
                found[f"saliency.raw {network} {method}"] = self._holding("saliency.raw", network, method, rows)
        return found

    def gallery_rows(self, _: Wildcards = None) -> list[int]:
        """Rows of the images of the gallery, evenly spaced."""
        return self._spaced(self._run.config["figures"]["gallery_images"])

    def located(self, _: Wildcards) -> Named:
        """Input function: where objects are, and chunk files of the images on which it is shown."""
        seen, rows = self.seeing(), self.located_rows()
        pixels = {f"images.pixels {name}": self._holding("images.pixels", name, None, rows) for name in seen}
        return pixels | {key: table for key, table in self._boxes().items() if key.partition(" ")[2] in seen}

    def located_rows(self, _: Wildcards = None) -> list[int]:
        """Rows of these images, evenly spaced."""
        return self._spaced(_OBJECTS)

    def seeing(self, _: Wildcards = None) -> dict[str, str]:
        """Params function: the first network of each preprocessing, and the titles of all of them."""
        titles, found = self._run.titles("networks"), dict[str, list[str]]()
        for name, block in self._run.config["networks"].items():
            found.setdefault(preprocessing_name(block["preprocessing"]), []).append(name)
        return {names[0]: ", ".join(titles[name] for name in names) for names in found.values()}

    def _spaced(self, wanted: int) -> list[int]:
        """Rows of so many images, evenly spaced; of all if there are fewer."""
        images = self._run.images()
        wanted = min(images, wanted)
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

    def _holding(self, name: str, network: str, method: str | None, rows: list[int]) -> list[str]:
        """Chunk files of a variable that hold some rows."""
        return list(dict.fromkeys(str(self._files.covering(name, [row, row + 1], network, method)) for row in rows))
