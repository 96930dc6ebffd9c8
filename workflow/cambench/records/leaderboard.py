"""The page of a folder of records: `python -m cambench.records.leaderboard leaderboard` writes `index.html` there."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import methods
from ..errors import InputError, refuse
from ..report.contents.numbers import described
from ..report.page import page
from ..store.files import write_atomically
from . import canonical, identity, read, settings
from .read import Record

FEW = 1_000  # images; a mean of fewer says little of a data set


def write(folder: Path) -> Path:
    """Write the page of the records in `folder/records`, and return its path. **Raises:** `InputError`."""
    paths = sorted((folder / "records").glob("*.json"))
    if not paths:
        raise InputError(f"{folder / 'records'}: holds no records")
    target = folder / "index.html"
    write_atomically(target, page(data({path.name: read.record(path) for path in paths}), "leaderboard"))
    return target


def data(records: Mapping[str, Record]) -> dict[str, Any]:
    """What the page shows: metrics, groups of rows that may be compared with each other, and the rows.

    **Arguments:** `records` by the names of their files.
    """
    groups = _told_apart({name: _group(record) for name, record in records.items()})
    order = sorted(records, key=lambda name: (groups[name]["title"], groups[name]["id"], name))
    return {
        "run": "leaderboard",
        "metrics": described({name for record in records.values() for name in record["values"]}),
        "groups": list({groups[name]["id"]: groups[name] for name in order}.values()),
        "rows": [_row(name, records[name], groups[name]["id"]) for name in order],
    }


def _group(record: Record) -> dict[str, Any]:
    """What rows have to agree in to be compared: network, layer, images and definitions; and what to know of them."""
    network, images, definitions = record["network"], record["data"], record["definitions"]
    chosen = {key: definitions[key] for key in ("target", "masking", "curves")}
    return {
        "id": canonical.digest([identity.of_network(record), *identity.of_data(record), chosen])[:12],
        "title": f"{network['title']} on {images['name']}",
        "about": ", ".join(_about(network, definitions)),
        "images": images["images"],
        "top1": record["counts"]["top1"],
        "warnings": list(_warnings(record)),
    }


def _told_apart(groups: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Groups whose titles are alike, with what else is known of them in the title."""
    ids: dict[str, set[str]] = {}
    for group in groups.values():
        ids.setdefault(group["title"], set()).add(group["id"])
    return {
        name: group if len(ids[group["title"]]) == 1 else {**group, "title": f"{group['title']} ({group['id'][:6]})"}
        for name, group in groups.items()
    }


def _about(network: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[str]:
    height, width = network["input"]
    masking, curves = definitions["masking"], definitions["curves"]
    drawn = f"curves from {curves['points']} points" if curves else "no curves"
    return [
        f"layer {network['layer']}",
        f"input {height} x {width}",
        f"class: {definitions['target']}",
        f"masked in {masking['space']} space, {masking['order'].replace('_', ' ')}",
        drawn,
    ]


def _warnings(record: Record) -> list[str]:
    images = record["data"]["images"]
    found = ["random weights: the network knows nothing"] * bool(record["network"]["random"])
    found += [f"a small sample: {images:,} images"] * (images < FEW)
    return found


def _row(file: str, record: Record, group: str) -> dict[str, Any]:
    method, machine, cost = record["method"], record["machine"], record["cost"]
    seconds = [row["seconds"] for row in cost if row["stage"] == "saliency"]
    return {
        "file": file,
        "group": group,
        "method": method["title"],
        "cam": method["cam"],
        "version": method["version"],
        "control": methods.facts(method["cam"]).control if method["cam"] in methods.names() else False,
        "settings": method["settings"],
        "chosen": settings.chosen(method),
        "values": {
            name: {key: value[key] for key in ("mean", "low", "high")} for name, value in record["values"].items()
        },
        "degenerate": record["counts"]["degenerate"],
        "passes": record["counts"]["passes"],
        "seconds": seconds[0] if seconds else None,
        "machine": machine["device"],
        "cambench": record["software"]["versions"]["cambench"],
        "made": record["made"][:10],
    }


if __name__ == "__main__":
    try:
        print(*map(write, map(Path, sys.argv[1:] or ["leaderboard"])), sep="\n")
    except InputError as error:
        refuse([str(error)])
