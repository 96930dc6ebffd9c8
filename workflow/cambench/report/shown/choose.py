"""Which images the report holds: some of each kind that readers look for."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice, zip_longest

import numpy as np
import polars as pl

from .order import Order, compared, ordered

_KINDS = ("worst", "best", "disputed", "random")


def chosen(scores: pl.LazyFrame, methods: Sequence[str], controls: Collection[str], count: int) -> list[int]:
    """Numbers of the images of one network that the report holds, rising; the same for the same scores.

    In turns: the worst, the best, the one that methods dispute most, each by ADCC, one at random, and one of `count`
    that are evenly spaced.

    **Arguments:** `scores` as `order.ordered` takes them; `count` how many images, or all if there are no more.
    """
    which = compared(methods, controls)
    found = [ordered(scores, Order(by), which) for by in _KINDS]
    total = len(found[0])
    evenly = np.sort(found[0])[np.linspace(0, total - 1, min(count, total)).round().astype(int)]
    return sorted(islice(_once(chain.from_iterable(zip_longest(*found, evenly))), count))


def _once(numbers: Iterator[int | None]) -> Iterator[int]:
    """Each number once, in the order in which they first come."""
    seen = set()
    for number in numbers:
        if number is not None and number not in seen:
            seen.add(number)
            yield int(number)
