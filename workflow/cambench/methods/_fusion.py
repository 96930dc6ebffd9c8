"""Settings of any method that looks at the target layer: the layers whose maps it fuses, and how.

Standard library only, so that planning can read settings without importing torch; `_fusing.py` does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import shown
from ._settings import Setting


class _Layers(Setting):
    """A list of at least two layers, none of them twice."""

    def refusal(self, value: Any) -> str | None:
        """Why a value is refused, in one line; None if it is accepted."""
        if type(value) is not list or not all(type(layer) is str and layer for layer in value):
            return f"{self.name} must be a list of paths of layers, not {shown(value)}"
        if len(value) < 2:
            return f"{self.name} must name at least two layers, not {shown(value)}"
        twice = next((layer for layer in value if value.count(layer) > 1), None)
        return None if twice is None else f"{self.name} has {shown(twice)} twice"


SETTINGS: dict[str, Setting] = {
    "layers": _Layers("layers", "list", []),
    "fuse": Setting("fuse", "str", "mean", ("mean", "max", "product")),
}


@dataclass(frozen=True)
class Fusion:
    """The layers whose maps are fused, none of a method that explains the target layer alone, and `fuse`, how."""

    layers: tuple[str, ...] = ()
    fuse: str = "mean"


def parted(settings: Mapping[str, Any], own: Mapping[str, Setting]) -> tuple[dict[str, Any], Fusion]:
    """The settings without those of fusion, and these; `own` are those that the method's file declares."""
    common = {name: value for name, value in settings.items() if name in SETTINGS and name not in own}
    rest = {name: value for name, value in settings.items() if name not in common}
    return rest, Fusion(**{**common, "layers": tuple(common.get("layers", ()))})


def misplaced(settings: Mapping[str, Any], own: Mapping[str, Setting]) -> str | None:
    """Why settings do not go together: `fuse` says nothing of one layer."""
    alone = "fuse" in settings and "fuse" not in own and not parted(settings, own)[1].layers
    return "setting 'fuse' says how the maps of several layers become one; name them as 'layers'" if alone else None
