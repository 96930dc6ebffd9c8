"""Groups of methods that the tests do not tell apart, as letters: methods that share one may be equally good."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase


def letters(ranked: Sequence[str], differing: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A compact letter display (Piepho, 2004): two methods share a letter if, and only if, they do not differ.

    **Arguments:** `ranked` names, the best first; `differing` the pairs whose difference is real. **Returns:** letters
    by name; `a` is of the group that has the best method. Behind `z` letters are numbered: `a1`, `b1`.

    >>> letters(["x", "y", "z"], [("x", "z")])
    {'x': 'a', 'y': 'ab', 'z': 'b'}
    """
    groups = {frozenset(ranked)} if ranked else set()
    for pair in differing:
        split = {group for group in groups if group.issuperset(pair)}
        found = (groups - split) | {group - {name} for group in split for name in pair}
        groups = {group for group in found if not any(group < other for other in found)}
    place = {name: number for number, name in enumerate(ranked)}
    ordered = sorted(groups, key=lambda group: sorted(place[name] for name in group))
    return {name: "".join(_letter(n) for n, group in enumerate(ordered) if name in group) for name in ranked}


def _letter(number: int) -> str:
    turn, rest = divmod(number, len(ascii_lowercase))
    return f"{ascii_lowercase[rest]}{turn or ''}"
