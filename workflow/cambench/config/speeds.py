"""Speeds of cards, measured elsewhere, by which a run's hours on them are estimated: `estimate.card`."""

import csv
from collections.abc import Iterator
from typing import Any

from ..paths import reference

_RESNET50 = "resnet50"  # that of other networks follows from it


def table() -> list[dict[str, str]]:
    """Rows of `reference/speed.csv`: card, network, precision, passes_per_second, date, commit."""
    with reference("reference/speed.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on(card: str, precision: str) -> dict[str, dict[str, str]]:
    """Rows of the networks of torchvision that were measured on a card in a precision, by their names."""
    return {row["network"]: row for row in table() if (row["card"], row["precision"]) == (card, precision)}


def problems(config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with `estimate.card`: no such card in the table, or not in the precision of the run."""
    card, precision = config["estimate"].get("card"), config["compute"]["precision"]
    if card is None or _RESNET50 in on(card, precision):
        return
    known = sorted({(row["card"], row["precision"]) for row in table() if row["network"] == _RESNET50})
    said = ", ".join(f"{name} in {kind}" for name, kind in known) or "none yet"
    yield f"estimate.card: no speeds of {card!r} in {precision} are known; there are those of {said}"
