"""The order in which images are drawn from a data set: from its listing alone, so that every sample can grow."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .found import Found

_DIGITS = 2**256  # what SHA-256 tells apart


@dataclass(frozen=True)
class Sample:
    """A random sample: the first `images` of an order that follows from `seed` and `stratify` ("none" or "label").

    `at_most`: whether it may be smaller where the data set has fewer images. `images` is None while nobody knows it.
    """

    images: int | None
    seed: int
    stratify: str
    at_most: bool = False

    def order(self, found: Iterable[Found]) -> list[Found]:
        """The files that are not rejected unread, in the order in which they are drawn.

        Over all seeds, each file is among the first n of N with probability n / N exactly. Not stratified, the order is
        that of a hash of seed and path. Stratified, the classes take turns: whatever n is, each has its share of the
        first n, give or take a few, and classes of equal size differ by one at most. The first file is that of the
        order that is not stratified, so that at every place it is a class's turn with the probability that is its share
        of the files. A file more or less moves the turns of its own class by a little, and leaves the others alone.
        """
        usable = sorted((item for item in found if not item.reason), key=lambda item: self._hash(item.path))
        if self.stratify == "none":
            return usable
        files: dict[int, list[Found]] = {}
        for item in reversed(usable):
            files.setdefault(stratum(item), []).append(item)
        return [files[label].pop() for label in self._turns(usable)]

    def _turns(self, found: list[Found]) -> list[int]:
        """One label per file: a class's turns are evenly spaced, and begin at a random part of their distance.

        The class of the first file, which is a random one of all, begins at once: seen from a random one of all turns,
        the other classes are anywhere. From a place that is random in space, small classes would come too rarely.
        """
        sizes = Counter(map(stratum, found))
        phases = {label: self._hash(str(label), "class") / _DIGITS for label in sizes}
        phases.update({stratum(item): 0.0 for item in found[:1]})
        turns = [((turn + phases[label]) / size, label) for label, size in sizes.items() for turn in range(size)]
        return [label for _, label in sorted(turns)]

    def _hash(self, text: str, *kind: str) -> int:
        words = "\0".join([str(self.seed), *kind, text])  # which no path has
        return int.from_bytes(hashlib.sha256(words.encode()).digest())


def of(dataset: dict[str, Any], images: int | None = None) -> Sample | None:
    """The sample that a data set's block of the configuration asks for, or None.

    **Arguments:** `images` their number, where the block gives the precision that they are to bring.
    """
    block = dataset.get("sample")
    if block is None:
        return None
    return Sample(block.get("images", images), block["seed"], block["stratify"], "half_width" in block)


def stratum(item: Found) -> int:
    """The class that a file counts for: its label, the first of several, or -1."""
    return item.labels[0] if item.labels else -1
