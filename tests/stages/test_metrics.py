"""Every metric of an image from its probabilities and maps, and the rows of the table that they make."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from cambench import metrics
from cambench.masks import Masking, masks
from cambench.metrics import Explained
from cambench.stages import metrics as stage
from cambench.stages.metrics import measure, rows
from cambench.store.layout import Shapes
from cambench.store.stages import STAGES

SIZE = (30, 44)


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 8, 7, 9)).astype(np.float32)


@pytest.fixture(scope="module")
def stored():
    """Five images of every variable that the stage reads."""
    rng = np.random.default_rng(1)
    values = {name: rng.random(5).astype(np.float32) for name in STAGES["metrics"].reads}
    values |= {name: rng.random((5, 7, 9), np.float32) for name in ("saliency.raw", "masked.raw")}
    values |= {name: rng.random((5, 3), np.float32) for name in ("curves.deletion", "curves.insertion")}
    return values


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


def test_without_a_second_map_there_is_no_coherency(maps):
    p, q = [0.8] * 8, [0.4] * 8
    found, both = measure(seen(p, q, maps[0], None)), measure(seen(p, q, *maps))
    for name, values in found.items():
        if name in ("coherency", "adcc"):
            assert np.isnan(values).all()
        else:
            np.testing.assert_array_equal(values, both[name])


def test_rows_hold_what_is_stored_and_what_is_measured(stored):
    shapes = Shapes(SIZE, (7, 9), (0, 0.5, 1))
    (block,) = rows(stored.__getitem__, (10, 15), shapes, Masking(), "mean")
    assert list(block)[:6] == ["image", "target", "predicted", "label", "probability", "masked_probability"]
    assert list(block)[-5:] == ["degenerate", "nonfinite", "saliency_passes", "masked_passes", "curves_passes"]
    assert list(block)[6:-5] == [metric.COLUMN.name for metric in metrics.load()]
    assert block["image"].tolist() == list(range(10, 15))
    np.testing.assert_array_equal(block["masked_probability"], stored["masked.probability"])
    np.testing.assert_array_equal(block["curves_passes"], stored["curves.passes"])
    np.testing.assert_allclose(block["insertion"], stored["curves.insertion"].mean(1), atol=1e-6)


def test_rows_without_curves_or_masked_maps(stored):
    (block,) = rows(stored.__getitem__, (0, 5), Shapes(SIZE, (7, 9)), Masking(), None, has_masked_maps=False)
    assert not {"deletion", "insertion", "curves_passes"} & set(block)
    assert np.isnan(block["coherency"]).all()
    assert np.isfinite(block["complexity"]).all()


def test_blocks_change_nothing(stored, monkeypatch):
    arguments = (stored.__getitem__, (3, 8), Shapes(SIZE, (7, 9), (0, 0.5, 1)), Masking(), "trapezoid")
    (whole,) = rows(*arguments)
    monkeypatch.setattr(stage, "_BLOCK_CELLS", 2 * 7 * 9)  # two images
    parts = list(rows(*arguments))
    assert [part["image"].tolist() for part in parts] == [[3, 4], [5, 6], [7]]
    for name, values in whole.items():
        np.testing.assert_allclose(np.concatenate([part[name] for part in parts]), values, rtol=1e-12)
