"""Speeds of cards, measured elsewhere, by which a run's hours on them are estimated: `estimate.card`."""

import csv
from collections.abc import Iterator
from typing import Any

from ..errors import shown
from ..paths import reference

_RESNET50 = "resnet50"  # that of other networks follows from it


def table() -> list[dict[str, str]]:
    """Rows of `reference/speed.csv`: card, network, precision, compile, passes_per_second, date, commit."""
    with reference("reference/speed.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on(card: str, compute: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Rows of the networks of torchvision that were measured on a card, by their names.

    **Arguments:** `compute` gives the `precision`, and whether networks are compiled (`compile`).
    """
    wanted = card, compute["precision"], str(compute["compile"]).lower()
    return {row["network"]: row for row in table() if (row["card"], row["precision"], row["compile"]) == wanted}


def problems(config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with `estimate.card`: no such card in the table, or not in the precision of the run."""
    card, compute = config["estimate"].get("card"), config["compute"]
    if card is None or _RESNET50 in on(card, compute):
        return
    rows = [row for row in table() if row["network"] == _RESNET50]
    known = sorted({_said(row["card"], row["precision"], row["compile"]) for row in rows})
    asked = _said(shown(card), compute["precision"], str(compute["compile"]).lower())
    yield f"estimate.card: no speeds of {asked} are known; there are those of {', '.join(known) or 'none yet'}"


def _said(card: str, precision: str, compiled: str) -> str:
    return f"{card} in {precision}{', compiled' if compiled == 'true' else ''}"
