"""How a class is named where people read it."""

from ..errors import one_line
from ..images.names import Names

_LONGEST = 18


def shown(number: int, names: Names | None) -> str:
    """A class with its name, shortened if it is long, or its number alone where it has none.

    >>> shown(1, ["tench", "zebra"])
    'zebra (1)'
    >>> shown(7, ["tench", "zebra"])
    '7'
    """
    name = names[number] if names and 0 <= number < len(names) else None
    if name is None:
        return str(number)
    text = one_line(name)
    return f"{text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + '…'} ({number})"
