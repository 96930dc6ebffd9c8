"""The one table of what is measured: names, titles and directions, as the files of metrics give them."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .. import metrics, own
from ..metrics._contract import Column, harmonic_mean
from ..store import tables

_NOTE = "cambench_columns"

_PER_IMAGE = Column(
    "adcc_per_image",
    "ADCC per image",
    higher_is_better=True,
    definition="mean over images of the ADCC of each",
    source="Poppi et al., 2021, as their code computes it",
    criterion="several",
)


class _Metrics(Mapping[str, Column]):
    """Columns of data sets by name, in the order of tables.

    These are the metrics of this package, chosen or not, and the user's own of the run that this process works for.
    `adcc` is that of the means, and the mean of the images' own stands at the end.
    """

    def __getitem__(self, name: str) -> Column:
        return _columns(own.metrics())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_columns(own.metrics()))

    def __len__(self) -> int:
        return len(_columns(own.metrics()))


class _OfAnImage(Sequence[str]):
    """Names of the same that an image has, in the order of tables."""

    def __getitem__(self, place: Any) -> Any:
        return tuple(METRICS)[:-1][place]

    def __len__(self) -> int:
        return len(METRICS) - 1


METRICS: Mapping[str, Column] = _Metrics()
COLUMNS: Sequence[str] = _OfAnImage()


@functools.cache
def _columns(others: tuple[str, ...]) -> dict[str, Column]:
    found = (metrics.facts(name).column for name in metrics.in_order([*metrics.names(), *others]))
    return {**{column.name: column for column in found}, _PER_IMAGE.name: _PER_IMAGE}


def notes(names: Iterable[str]) -> dict[str, str]:
    """What a table says of those of its columns that are metrics, in the metadata of its file: versions and all."""
    return {_NOTE: json.dumps({name: asdict(METRICS[name]) for name in names if name in METRICS})}


def of_table(path: str | Path) -> dict[str, Column]:
    """Metrics of a table of images, as they were when it was made, by name; so that nobody needs the user's own files.

    **Returns:** nothing for a table that does not say it.
    """
    found = json.loads(tables.note(path, _NOTE) or "{}")
    return {name: Column(**{**column, "range": tuple(column["range"])}) for name, column in found.items()}


def adcc_of_means(means: Mapping[str, np.ndarray]) -> np.ndarray:
    """ADCC as the paper prints it: the harmonic mean of mean coherency, 1 - mean complexity, 1 - mean average drop."""
    return harmonic_mean(means["coherency"], 1 - means["complexity"], 1 - means["average_drop"])
