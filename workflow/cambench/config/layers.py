"""`layers: [a, b]` of a network: each target layer becomes a network of its own, which knows the user's block."""

import copy
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from ..errors import shown

_PLAIN = re.compile(r"[A-Za-z0-9._+-]*")
_LONGEST = 100  # characters of a name


def expand(config: dict) -> Iterator[str]:
    """Put one entry per target layer in the place of a network with `layers`, in place; yield one line per error.

    An entry is the block with `layer`, a title, and `of`, the name of the user's block. Entries have what
    `estimate.passes_per_second` says of the block.
    """
    networks = config["networks"]
    found = {name: entries(name, block) if "layers" in block else {name: block} for name, block in networks.items()}
    yield from _problems(config, found)
    config["networks"] = {key: entry for made in found.values() for key, entry in made.items()}
    speeds = config["estimate"].get("passes_per_second", {})
    for name in [name for name in found if "layers" in networks[name] and name in speeds]:
        speeds |= dict.fromkeys(found[name], speeds.pop(name))


def entries(name: str, block: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of a network with `layers`, by their names, in the order of the list."""
    shared = {key: value for key, value in block.items() if key != "layers"}
    title = block.get("title", name)
    return {
        _name(name, layer): {**copy.deepcopy(shared), "layer": layer, "title": f"{title}, {layer}", "of": name}
        for layer in block["layers"]
    }


def written(config: dict[str, Any]) -> dict[str, Any]:
    """A complete configuration as a user may write it, for records: what `expand` makes of it is the same again.

    Entries are the block with `layers` that they were made from, and no block bears the folder of the weights.
    """
    config = copy.deepcopy(config)
    found: dict[str, dict[str, Any]] = {}
    for name, block in config["networks"].items():
        layer = block["layer"] if "of" in block else None
        block.pop("weights_folder", None)
        if layer is None:
            found[name] = block
        elif block["of"] in found:
            found[block["of"]]["layers"].append(layer)
        else:
            found[block["of"]] = _folded(block)
    _fold_speeds(config)
    return {**config, "networks": found}


def blocks(networks: dict[str, dict]) -> dict[str, dict]:
    """One block for each that the user wrote, by the user's name: what is said of a network is said once."""
    return {block.get("of", name): block for name, block in networks.items()}


def compared(networks: dict[str, dict]) -> dict[str, list[str]]:
    """Of each entry: the name and the title of the user's block, and the layer; in the order of the lists."""
    found = {name: block for name, block in networks.items() if "of" in block}
    return {name: [block["of"], _title(block), block["layer"]] for name, block in found.items()}


def _folded(entry: dict[str, Any]) -> dict[str, Any]:
    """The user's block, of its first entry."""
    shared = {key: value for key, value in entry.items() if key not in ("of", "layer")}
    return {**shared, "title": _title(entry), "layers": [entry["layer"]]}


def _title(entry: dict[str, Any]) -> str:
    """Title of the user's block."""
    title: str = entry["title"]
    return title.removesuffix(f", {entry['layer']}")


def _fold_speeds(config: dict[str, Any]) -> None:
    speeds = config["estimate"].get("passes_per_second", {})
    for name, block in config["networks"].items():
        if "of" in block and name in speeds:
            speeds[block["of"]] = speeds.pop(name)


def _name(network: str, layer: str) -> str:
    """A name that is fit for paths: `network-layer`, or where that is too long or has other characters, a digest."""
    name = f"{network}-{layer}"
    if _PLAIN.fullmatch(name) and len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{network[: _LONGEST - 9]}-{digest}"


def _problems(config: dict, found: dict[str, dict]) -> Iterator[str]:
    """What does not fit the rest: a layer beside the layers, and names and titles that something else has."""
    networks, made = config["networks"], [item for entries in found.values() for item in entries.items()]
    taken = [key.lower() for key in [*config["methods"], *(key for key, _ in made)]]
    titles = [entry.get("title", key) for key, entry in made]
    for name in [name for name in found if "layers" in networks[name]]:
        place = f"config: networks.{name}: layers:"
        if "layer" in networks[name]:
            yield f"{place} give either 'layer' or 'layers'"
        for key, entry in found[name].items():
            if not entry["layer"].isprintable():
                yield f"{place} {shown(entry['layer'])} has characters that cannot be printed"
            elif taken.count(key.lower()) > 1:
                yield f"{place} the name {key} is another network's or method's, too; rename one"
            elif titles.count(entry["title"]) > 1:
                yield f"{place} the title {shown(entry['title'])} is another network's, too; change one"
