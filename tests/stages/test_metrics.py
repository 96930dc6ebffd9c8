"""Every metric of an image from its probabilities and maps, and the rows of the table that they make."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from cambench import metrics
from cambench.masks import Masking, masks
from cambench.metrics import Explained
from cambench.points import Points
from cambench.stages import metrics as stage
from cambench.stages.metrics import measure, rows
from cambench.store.layout import Shapes
from cambench.store.stages import STAGES

SIZE = (30, 44)
WHOLE = Points((0, 0.5, 1))


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 8, 7, 9)).astype(np.float32)


@pytest.fixture(scope="module")
def stored():
    """Five images of every variable that the stage reads."""
    rng = np.random.default_rng(1)
    values = {name: rng.random(5) for name in STAGES["metrics"].reads}
    values |= {name: rng.random((5, 7, 9)) for name in ("saliency.raw", "masked.raw")}
    values |= {name: rng.random((5, 3)) for name in ("curves.deletion", "curves.insertion")}
    values["saliency.condition"], values["masked.condition"] = np.array([0, 1e4, 20, 20, 0]), np.array([0, 0, 0, 20, 9])
    return {name: value.astype(dtype(name)) for name, value in values.items()}


def dtype(name):
    stage, variable = name.split(".")
    return STAGES[stage].writes[variable].dtype


def seen(p, q, raw, masked, order="scale_then_upsample"):
    return Explained(np.array(p), np.array(q), raw, masked, SIZE, Masking(order=order))


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
def test_coherency_and_complexity_of_large_maps(maps, order):
    raw, masked = maps
    found = measure(seen(np.full(8, 0.5), np.full(8, 0.4), raw, masked, order))
    large = [masks(values, SIZE, Masking(order=order)) for values in maps]
    for n in range(8):
        rho = pearsonr(large[0][n].ravel().astype(float), large[1][n].ravel().astype(float)).statistic
        assert found["coherency"][n] == pytest.approx((1 + rho) / 2, abs=1e-6)
        assert found["complexity"][n] == pytest.approx(large[0][n].mean(), abs=1e-6)


@pytest.mark.parametrize("which", ["clean", "masked"])
@pytest.mark.parametrize(
    ("value", "flag"), [(0.5, "degenerate"), (-3.0, "degenerate"), (np.nan, "nonfinite"), (np.inf, "nonfinite")]
)
def test_undefined_maps_are_flagged_and_score_nothing(maps, which, value, flag):
    good, bad = maps[0, :1], np.full((1, 7, 9), value, np.float32)
    found = measure(seen([0.5], [0.4], *((bad, good) if which == "clean" else (good, bad))))
    assert found[flag][0]
    assert found["degenerate"][0] + found["nonfinite"][0] == 1
    assert found["coherency"][0] == found["adcc"][0] == 0
    assert all(np.isfinite(values).all() for values in found.values())


WORST = {"average_drop": 1, "average_increase": 0, "average_gain": 0, "adcc": 0}
AREAS = {"deletion": 1, "insertion": 0}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["probability", "masked_probability", "deletion", "insertion"])
def test_a_probability_that_is_not_finite_scores_worst_in_every_metric_that_needs_it(maps, which, value):
    """Two rows alike but for that value: all other metrics of the row are as they were, and it is counted."""
    numbers = {"probability": np.full(2, 0.5), "masked_probability": np.full(2, 0.6)}
    curves = {name: np.linspace((0.9, 0.9), (0.1, 0.1), 4).T.copy() for name in AREAS}
    (curves if which in AREAS else numbers).get(which)[1:][..., -1:] = value
    raw, masked = (block[:1].repeat(2, 0) for block in maps)
    seen = Explained(**numbers, raw=raw, masked_raw=masked, size=SIZE, curves=curves, points=Points((0, 0.2, 0.5, 1)))
    found = measure(seen)
    assert found["nonfinite"].tolist() == [False, True]
    assert not found["degenerate"].any()
    worst = {which: AREAS[which]} if which in AREAS else WORST
    for metric in metrics.load():
        good, bad = found[metric.COLUMN.name]
        assert bad == worst.get(metric.COLUMN.name, good)
        assert np.isfinite(good)


def test_a_constant_map_whose_probability_is_not_finite_is_counted_as_both(maps):
    found = measure(seen([np.nan], [0.4], np.ones((1, 7, 9)), maps[1, :1]))
    assert found["degenerate"].tolist() == found["nonfinite"].tolist() == [True]


def test_without_a_second_map_there_is_no_coherency(maps):
    p, q = [0.8] * 8, [0.4] * 8
    found, both = measure(seen(p, q, maps[0], None)), measure(seen(p, q, *maps))
    for name, values in found.items():
        if name in ("coherency", "adcc"):
            assert np.isnan(values).all()
        else:
            np.testing.assert_array_equal(values, both[name])


def test_rows_hold_what_is_stored_and_what_is_measured(stored):
    shapes = Shapes(SIZE, (7, 9), WHOLE)
    (block,) = rows(stored.__getitem__, (10, 15), shapes, Masking(), "mean", "float32")
    ids = ["image", "target", "predicted", "label", "correct"]
    assert list(block)[:7] == [*ids, "probability", "masked_probability"]
    flags = ["degenerate", "nonfinite", "ill_conditioned", "tied"]
    assert list(block)[-7:] == [*flags, "saliency_passes", "masked_passes", "curves_passes"]
    assert list(block)[7:-7] == [metric.COLUMN.name for metric in metrics.load()]
    assert block["image"].tolist() == list(range(10, 15))
    np.testing.assert_array_equal(block["masked_probability"], stored["masked.probability"])
    np.testing.assert_array_equal(block["curves_passes"], stored["curves.passes"])
    np.testing.assert_array_equal(block["tied"], stored["curves.tied"])
    np.testing.assert_allclose(block["insertion"], stored["curves.insertion"].mean(1), rtol=1e-12)
    assert block["probability"].dtype == block["tied"].dtype == np.float64


@pytest.mark.parametrize(("precision", "images"), [("float32", [1, 3]), ("tf32", [1, 2, 3]), ("bfloat16", [1, 2, 3])])
def test_ill_conditioned_is_a_row_whose_clean_or_masked_map_is(stored, precision, images):
    (block,) = rows(stored.__getitem__, (0, 5), Shapes(SIZE, (7, 9)), Masking(), None, precision)
    assert np.flatnonzero(block["ill_conditioned"]).tolist() == images
    assert block["ill_conditioned"].dtype == bool


def test_rows_without_curves_or_masked_maps(stored):
    (block,) = rows(stored.__getitem__, (0, 5), Shapes(SIZE, (7, 9)), Masking(), None, "float32", has_masked_maps=False)
    assert not {"deletion", "insertion", "tied", "curves_passes"} & set(block)
    assert np.isnan(block["coherency"]).all()
    assert np.isfinite(block["complexity"]).all()


def test_blocks_change_nothing(stored, monkeypatch):
    arguments = (stored.__getitem__, (3, 8), Shapes(SIZE, (7, 9), WHOLE), Masking(), "trapezoid", "float32")
    (whole,) = rows(*arguments)
    monkeypatch.setattr(stage, "_BLOCK_CELLS", 2 * 7 * 9)  # two images
    parts = list(rows(*arguments))
    assert [part["image"].tolist() for part in parts] == [[3, 4], [5, 6], [7]]
    for name, values in whole.items():
        np.testing.assert_allclose(np.concatenate([part[name] for part in parts]), values, rtol=1e-12)
