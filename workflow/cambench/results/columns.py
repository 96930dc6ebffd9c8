"""The one table of what is measured: names, titles and directions, as the files in `metrics/` give them."""

import numpy as np

from .. import metrics
from ..metrics._contract import Column, harmonic_mean

COLUMNS: tuple[str, ...] = tuple(
    metric.COLUMN.name for metric in metrics.load()
)  # of one image, in the order of tables
_PER_IMAGE = Column("adcc_per_image", "ADCC per image", higher_is_better=True)
# Of a data set: `adcc` is that of the means there, and the mean of the images' own stands beside it.
METRICS: dict[str, Column] = {metric.COLUMN.name: metric.COLUMN for metric in metrics.load()}
METRICS[_PER_IMAGE.name] = _PER_IMAGE


def adcc_of_means(means: dict[str, np.ndarray]) -> np.ndarray:
    """ADCC as the paper prints it: the harmonic mean of mean coherency, 1 - mean complexity, 1 - mean average drop."""
    return harmonic_mean(means["coherency"], 1 - means["complexity"], 1 - means["average_drop"])
