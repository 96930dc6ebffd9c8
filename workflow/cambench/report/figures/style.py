"""What figures share: fonts fit for a paper, colours that colour-blind readers tell apart, reproducible files."""

import re
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ...store.files import replacing

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,  # a dollar sign in a title is one
    "svg.hashsalt": "cambench",  # equal figures give equal bytes
    "svg.fonttype": "none",  # text stays text, to be searched, copied and edited
    "pdf.fonttype": 42,  # TrueType, which publishers ask for; Type 3 is matplotlib's own choice
}
# Okabe and Ito's palette; dashes tell lines apart when the colours repeat.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_UNDATED: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
_DASHES = ("-", "--", ":", "-.")


def lines(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Colour and dashes of a line for each name."""
    looks = [{"color": colour, "linestyle": dash} for dash in _DASHES for colour in COLOURS]
    return dict(zip(names, cycle(looks), strict=False))


def grid(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Figure, list[list[Axes]]]:
    """A figure of `size` inches (width, height) and its axes, row by row."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options).tolist()


def wrapped(text: str, size: float, width: float) -> str:
    """A text in lines that are at most `width` inches long, if its pieces are: words and parts of paths.

    **Arguments:** `size` of the font in points. A piece that is too long is cut anywhere.
    """

    def fits(line: str) -> bool:
        return text_to_path.get_text_width_height_descent(line.strip(), font, False)[0] <= 72 * width

    font, lines = FontProperties(size=size), []
    for given in text.split("\n"):
        line = ""
        for piece in re.findall(r"[^\s./]*(?:[./]+\s*|\s+|$)", given):
            if line and piece and not fits(line + piece):
                lines.append(line.strip())
                line = ""
            line += piece
            while len(line) > 1 and not fits(line):
                most = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or fits(line[:n]))
                lines.append(line[:most])
                line = line[most:]
        lines.append(line.strip())
    return "\n".join(lines)


def save(figure: Figure, *paths: str | Path) -> None:
    """Write a figure in the format that each name ends in, whole or not at all; equal figures give equal bytes.

    **Raises:** `InputError` if it can't be written.
    """
    for path in paths:
        kind = Path(path).suffix[1:]
        with matplotlib.rc_context(STYLE), replacing(path) as whole:
            figure.savefig(whole, format=kind, dpi=150, metadata=_UNDATED.get(kind))
        figure.set_layout_engine("none")  # arranged once, and alike in all formats
