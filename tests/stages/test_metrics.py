"""Every metric of an image from its probabilities and maps, and the rows of the table that they make."""

import numpy as np
import polars as pl
import pytest
import versions
from scipy.stats import pearsonr

from cambench import metrics
from cambench.errors import InputError
from cambench.images import objects as places
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
OF_CLEAN = {"average_drop_in_deletion": -1}  # which does not look at the masked image
AREAS = {"deletion": 1, "insertion": 0}
CORRELATED = {name: {"srg": -1, f"{name}_correlation": -1} for name in AREAS}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["probability", "masked_probability", "deletion", "insertion"])
def test_a_probability_that_is_not_finite_scores_worst_in_every_metric_that_needs_it(maps, which, value):
    """Two rows alike but for that value: all other metrics of the row are as they were, and it is counted."""
    numbers = {"probability": np.full(2, 0.5), "masked_probability": np.full(2, 0.6)}
    curves = {name: np.linspace((0.9, 0.9), (0.1, 0.1), 4).T.copy() for name in AREAS}
    (curves if which in AREAS else numbers).get(which)[1:][..., -1:] = value
    raw, masked = (block[:1].repeat(2, 0) for block in maps)
    shares, inside = Points((0, 0.2, 0.5, 1)), np.arange(SIZE[0] * SIZE[1]).reshape(1, *SIZE).repeat(2, 0) % 3 == 0
    made = versions.stored(1) | {"other_class.raw": raw[:1, ::-1], "random_weights.raw": raw[:1, :, ::-1]}
    made = {name: values.repeat(2, 0) for name, values in made.items()}
    known = {"size": SIZE, "curves": curves, "points": shares, "objects": inside, "made": made}
    found = measure(Explained(**numbers, raw=raw, masked_raw=masked, **known), metrics.names())
    assert found["nonfinite"].tolist() == [False, True]
    assert not found["degenerate"].any()
    worst = {which: AREAS[which], **CORRELATED[which]} if which in AREAS else WORST
    worst = worst | OF_CLEAN if which == "probability" else worst
    for metric in metrics.load():
        good, bad = found[metric.COLUMN.name]
        assert bad == worst.get(metric.COLUMN.name, good), metric.COLUMN.name
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
    assert list(block)[7:-7] == metrics.in_order(metrics.DEFAULT)
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


def test_the_metrics_that_are_wanted(stored):
    """Whatever their order; those that look at all pixels are computed in blocks of few images."""
    names = ["srg", "adcc", "entropy", "deletion_correlation", "average_drop"]
    arguments = (stored.__getitem__, (0, 5), Shapes(SIZE, (7, 9), WHOLE), Masking(), "mean", "float32", True)
    (block,) = rows(*arguments, names)
    assert list(block)[7:-7] == ["average_drop", "adcc", "entropy", "srg", "deletion_correlation"]
    np.testing.assert_allclose(block["srg"], (stored["curves.insertion"] - stored["curves.deletion"]).mean(1))


def test_a_block_is_smaller_where_all_pixels_are_looked_at(stored, monkeypatch):
    monkeypatch.setattr(stage, "_BLOCK_CELLS", 2 * SIZE[0] * SIZE[1])
    arguments = (stored.__getitem__, (0, 5), Shapes(SIZE, (7, 9), WHOLE), Masking(), "mean", "float32", True)
    assert [len(part["image"]) for part in rows(*arguments, ["entropy"])] == [2, 2, 1]
    assert [len(part["image"]) for part in rows(*arguments, ["adcc"])] == [5]


def test_where_objects_are_is_counted_by_image(stored):
    """Boxes of images are found by their row in the manifest."""
    boxes = [[]] * 10 + [[[0.0, 0.0, 22.0, 30.0]]] * 4 + [[[50.0, 0.0, 60.0, 9.0]]]
    objects = pl.DataFrame({"image": range(15), "boxes": boxes, "object_lost": [0.5] * 14 + [1]}, places.SCHEMA)
    arguments = (stored.__getitem__, (10, 15), Shapes(SIZE, (7, 9), WHOLE), Masking(), "mean", "float32", True)
    (block,) = rows(*arguments, ["adcc", "pointing_game"], objects)
    assert block["object_share"].tolist() == [0.5] * 4 + [0]
    assert block["object_lost"].tolist() == [0.5] * 4 + [1]
    assert set(block["pointing_game"]) <= {0, 1}
    assert block["pointing_game"][-1] == 0
    (without,) = rows(*arguments, ["adcc"])
    assert "object_share" not in without
    inside, lost = places.located(objects, 10, 15, SIZE)
    masks = [b""] * 10 + [np.packbits(one).tobytes() for one in inside]
    masked = pl.DataFrame({"image": range(15), "mask": masks, "object_lost": [0.5] * 10 + lost.tolist()}, places.MASKED)
    (same,) = rows(*arguments, ["adcc", "pointing_game"], masked.lazy())
    assert all(np.array_equal(same[name], values, equal_nan=True) for name, values in block.items())


OWN = """
from cambench.metrics import Column, Explained

COLUMN = Column("mine", "Mine", higher_is_better=True)
NEEDS = ("masked.raw",)


def measure(seen: Explained):
    return {returned}
"""


@pytest.mark.parametrize(
    ("returned", "line"),
    [
        ("seen.probability / 2", None),
        ("seen.gone", r"measure fails: AttributeError: 'Explained' object has no attribute 'gone'"),
        ("seen.probability[:2]", r"measure gives shape \(2,\), not \(8,\)"),
        ("['a'] * 8", "measure fails: ValueError: could not convert string to float: 'a'"),
        ("None", "measure gives nothing; return one number per image, and name in NEEDS what it takes"),
        ("exit('bad')", "measure fails: SystemExit: bad"),
        ("seen.mask.sort()", "measure fails: ValueError: sort array is read-only"),
        ("seen.probability.fill(1)", "measure fails: ValueError: assignment destination is read-only"),
    ],
)
def test_a_users_own_metric(maps, tmp_path, returned, line):
    file = tmp_path / f"own_{abs(hash(returned))}.py"
    file.write_text(OWN.format(returned=returned))
    images = seen([0.8] * 8, [0.4] * 8, *maps)
    if line:
        with pytest.raises(InputError, match=f"^{file}: {line}$"):
            measure(images, [str(file)])
        return
    assert measure(images, ["adcc", str(file)])["mine"].tolist() == [0.4] * 8
    assert np.isnan(measure(seen([0.8] * 8, [0.4] * 8, maps[0], None), [str(file)])["mine"]).all()


def test_blocks_change_nothing(stored, monkeypatch):
    arguments = (stored.__getitem__, (3, 8), Shapes(SIZE, (7, 9), WHOLE), Masking(), "trapezoid", "float32")
    (whole,) = rows(*arguments)
    monkeypatch.setattr(stage, "_BLOCK_CELLS", 2 * 7 * 9)  # two images
    parts = list(rows(*arguments))
    assert [part["image"].tolist() for part in parts] == [[3, 4], [5, 6], [7]]
    for name, values in whole.items():
        np.testing.assert_allclose(np.concatenate([part[name] for part in parts]), values, rtol=1e-12)
