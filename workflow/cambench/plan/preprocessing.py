"""The preprocessing that networks' own weights name: taken where the config says so, else told where it differs."""

import math
import sys
from typing import Any

from ..config import layers
from ..errors import one_line
from ..images.sizes import ROUNDED, squared, without_default
from . import tried


def unknown(networks: dict[str, dict]) -> list[str]:
    """One line for each network that is to have its own preprocessing, of which nothing is known."""
    return [
        f"config: networks.{name}: preprocessing: own is not known; plan once where torch is installed"
        for name, block in layers.blocks(networks).items()
        if "base" in block["preprocessing"] and tried.read(block)["own_preprocessing"] is None
    ]


def take_own(networks: dict[str, dict]) -> None:
    """Put the network's own values in the place of those that are not given, in place; they must be known."""
    for block in networks.values():
        if "base" in block["preprocessing"]:
            named = {key: value for key, value in block["preprocessing"].items() if key != "base"}
            taken = {**(tried.read(block)["own_preprocessing"] or {}), **named}
            block["preprocessing"] = without_default(taken | {"crop": squared(taken["crop"])})


def tell(networks: dict[str, dict], given: dict[str, dict]) -> None:
    """Say on stderr where defaults are not what the weights were made with.

    **Arguments:** `networks` with defaults; `given` the same blocks as the user wrote them.
    """
    for name, block in layers.blocks(networks).items():
        own, named = tried.read(block)["own_preprocessing"], given[name].get("preprocessing") or {}
        if "base" in block["preprocessing"] or "base" in named or own is None:
            continue
        ours, own = ROUNDED | block["preprocessing"], ROUNDED | own
        differing = [key for key, value in ours.items() if not _equal(value, own[key])]
        if unnamed := [key for key in differing if key not in named]:
            used, theirs = (_listed(values, unnamed) for values in (ours, own))
            line = f"networks.{name}: preprocessing has {used} by default, but its weights were made with {theirs}"
            print(one_line(f"{line}: name the values, or take preprocessing: own"), file=sys.stderr)


def _listed(values: dict[str, Any], keys: list[str]) -> str:
    return ", ".join(f"{key} {values[key]}" for key in keys)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(one, other, strict=True))
    return bool(one == other)
