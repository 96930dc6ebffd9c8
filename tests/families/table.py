"""Write docs/networks.md: families of networks, their default layers, and the methods that work on them.

`python tests/families/table.py`, or `make networks`; it takes two minutes.
"""

import sys
import tempfile
import textwrap
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from families.catalogue import CATALOGUE, Member
from families.explaining import METHODS, attempt, refused

from cambench import methods

PAGE = Path(__file__).resolve().parents[2] / "docs" / "networks.md"
HEADINGS = ("network", "default layer", "map", "layout", "prefix", "head alone", "methods that do not work")
INTRODUCTION = """# Networks

Families of networks, with random weights, as cambench sees them. `make networks` writes this page.

- *default layer*: the target layer where the configuration names none.
- *map*: K x h x w, the channels and the size of the layer's map, for the input that the network is made for.
- *layout*: how the layer's output lies: `nchw`, `nhwc` (channels last) or `tokens`.
- *prefix*: tokens before those of the patches, such as the class token and registers.
- *head alone*: whether methods such as Recipro-CAM may run what follows the layer by itself. Where not, they run the
  whole network, and the passes are counted.
- *methods that do not work*: all others explain the network. The notes at the end say why these do not. Where a network
  is refused, the line that says so stands in its row.

Heads that are 0 before training, which leave nothing to explain, are drawn at random here: `vit_b_16`, `mixer_s32_224`.

"""
ATTENTION = [name for name in METHODS if {"needs_attention", "needs_blocks"} & set(methods.load(name).__globals__)]


class Notes:
    """Reasons, numbered in the order in which they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, reason: str) -> str:
        return f"[{self.numbers.setdefault(reason, len(self.numbers) + 1)}]"


def page(folder: Path) -> str:
    """The whole page; `folder` takes configs of networks."""
    notes, parts = Notes(), [introduction()]
    for library in dict.fromkeys(member.library for member in CATALOGUE):
        members = [member for member in CATALOGUE if member.library == library]
        parts.append(f"## {library} {version(library)}\n\n{_table(members, folder, notes)}\n")
    reasons = [f"{number}. {reason}" for reason, number in notes.numbers.items()]
    return "\n".join([*parts, "## Why methods do not work\n", *reasons, ""])


def introduction() -> str:
    """What the columns are, and the methods."""
    others = _listed([name for name in METHODS if name not in ATTENTION])
    said = f"The methods that were tried are {others}, and, from attention, {_listed(ATTENTION)}."
    return f"{INTRODUCTION}{textwrap.fill(said, 120)}\n"


def row(member: Member, folder: Path, notes: Notes) -> list[str]:
    """Cells of a network; one that is refused has the reason in place of all others."""
    found = attempt(member.settings(folder))
    if isinstance(found, str):
        return [f"`{member.name}`", _escaped(found), *[""] * (len(HEADINGS) - 2)]
    sides = " x ".join(map(str, [found["channels"], *found["map"]]))
    alone = "yes" if found["head_alone"] else "no"
    lies = [found["layout"], str(found["prefix"])]
    return [f"`{member.name}`", f"`{found['layer']}`", sides, *lies, alone, _without(refused(found), notes)]


def _without(reasons: dict[str, str], notes: Notes) -> str:
    by_reason: dict[str, list[str]] = {}
    for method, reason in reasons.items():
        by_reason.setdefault(reason, []).append(method)
    return "; ".join(f"{_group(names)} {notes(reason)}" for reason, names in by_reason.items()) or "none"


def _group(names: list[str]) -> str:
    return "those from attention" if names == ATTENTION else _listed(names)


def _table(members: list[Member], folder: Path, notes: Notes) -> str:
    lines = [list(HEADINGS), ["---"] * len(HEADINGS), *_rows(members, folder, notes)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _rows(members: list[Member], folder: Path, notes: Notes) -> Iterator[list[str]]:
    for member in members:
        print(member.library, member.name, file=sys.stderr, flush=True)
        yield row(member, folder, notes)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(page(Path(made)), encoding="utf-8")
