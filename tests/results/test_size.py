"""How many images a sample needs, from its pilot."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.errors import InputError
from cambench.results.size import Wanted, decide, notes

WANTED = Wanted(half_width=5, pilot=4, metrics=("average_drop",), confidence=0.9, most=1000)
DROPS = {"small": [0.4, 0.5, 0.5, 0.6], "large": [0.1, 0.5, 0.5, 0.9]}


@pytest.fixture
def pilot():
    """Two methods of one network, four images each."""
    parts = [{"network": "net", "method": name, "average_drop": drops} for name, drops in DROPS.items()]
    return pl.concat([pl.DataFrame(part) for part in parts])


def test_the_worst_cell_decides(pilot):
    """Stein: (t sd / h)^2, with t of the pilot's degrees of freedom, and at least the pilot."""
    sds = {name: 100 * np.std(drops, ddof=1) for name, drops in DROPS.items()}
    needed = {name: int(np.ceil((stats.t.ppf(0.95, 3) * sd / 5) ** 2)) for name, sd in sds.items()}
    assert needed["small"] == 15 < needed["large"] == 237
    found = decide(pilot, WANTED)
    assert [cell["images"] for cell in found["cells"]] == [15, 237]
    assert [cell["sd"] for cell in found["cells"]] == pytest.approx(list(sds.values()))
    assert (found["images"], found["of"], found["pilot"], found["half_width"]) == (237, 1000, 4, 5)
    assert (found["metrics"], found["confidence"]) == (("average_drop",), 0.9)
    assert decide(pilot, replace(WANTED, half_width=50))["images"] == 4


def test_jobs_are_full_and_the_data_set_has_an_end(pilot):
    assert decide(pilot, replace(WANTED, whole=50))["images"] == 250
    capped = decide(pilot, replace(WANTED, whole=50, most=240))
    assert (capped["images"], notes(capped)) == (240, [])  # 250 are for full jobs, 237 for the precision


def test_too_few_images_for_a_precision_are_said(pilot):
    found = decide(pilot, replace(WANTED, most=236))
    assert (found["images"], found["needed"], found["of"]) == (236, 237, 236)
    assert notes(found) == ["dataset.sample: ±5 points were wanted, which takes 237 images, but there are 236"]


def test_cells_without_a_metric_are_passed_over(pilot):
    unknown = pilot.with_columns(pl.when(method="large").then(None).otherwise("average_drop").alias("average_drop"))
    assert decide(unknown, WANTED)["images"] == 15
    with pytest.raises(InputError, match=r"^dataset\.sample: metrics: deletion is not known of any method"):
        decide(pilot, replace(WANTED, metrics=("deletion",)))
