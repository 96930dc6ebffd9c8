"""Which number a record holds: its identity, the name of its file, and the digest that it bears of itself."""

from typing import Any

from . import canonical, settings

# What decides a number of a network: its other facts tell it in other words.
_DECIDING = ("source", "state", "layer", "layout", "map", "input", "score", "queries", "precision", "preprocessing")


def of(record: dict[str, Any]) -> str:
    """Digest of what says which number a record holds; names, titles and default settings do not.

    Two records of one identity are duplicates.
    """
    method = {key: record["method"][key] for key in ("cam", "version", "of") if key in record["method"]}
    method["settings"] = settings.chosen(record["method"])
    return canonical.digest([of_network(record), method, *of_data(record), record["definitions"]])


def of_network(record: dict[str, Any]) -> dict[str, Any]:
    """What decides the numbers of a record's network."""
    return {key: record["network"][key] for key in _DECIDING}


def of_data(record: dict[str, Any]) -> list[str | None]:
    """What decides the numbers of a record's images: digests of them, of labels that are explained, and of objects."""
    found, explained = record["data"], record["definitions"]["target"] == "label"
    objects = [found["objects"]] if "objects" in found else []
    return [found["digest"], found["labels"] if explained else None, *objects]


def file_name(record: dict[str, Any]) -> str:
    """Name of a record's file, which follows from what it holds."""
    return f"{record['network']['name']}.{record['method']['label']}.{of(record)[:12]}.json"


def seal(record: dict[str, Any]) -> str:
    """The digest that a record bears of all the rest of it."""
    return canonical.digest({key: value for key, value in record.items() if key != "sha256"})
