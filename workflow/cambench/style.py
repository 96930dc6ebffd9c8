"""What figures share: fonts fit for a paper, colours that colour-blind readers tell apart, reproducible bytes."""

from itertools import cycle
from typing import Any

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "cambench",  # the same figure, the same bytes
    "svg.fonttype": "none",
}
# Okabe and Ito's palette; the dashes go on telling lines apart when the colours come round again.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_DASHES = ("-", "--", ":", "-.")


def lines(names: list[str]) -> dict[str, dict]:
    """Colour and dashes of a line for each name."""
    looks = [{"color": colour, "linestyle": dash} for dash in _DASHES for colour in COLOURS]
    return dict(zip(names, cycle(looks), strict=False))
