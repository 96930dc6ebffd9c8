"""ROAD and ARCC: closed forms, pytorch-grad-cam's ARCC, and what is not finite or constant."""

import numpy as np
import pytest
from pytorch_grad_cam.metrics import arcc as peer

from cambench.masks import Masking, masks
from cambench.metrics import Explained, arcc, coherency, complexity, road, road_lerf, road_morf

RNG = np.random.default_rng(0)
SIZE = (30, 44)
RAW, AGAIN = RNG.normal(size=(2, 6, 7, 9)).astype(np.float32)
MADE = {"road.morf": RNG.random((6, 4)) / 2, "road.lerf": RNG.random((6, 4)) / 2 + 0.25}
P = np.full(6, 0.9)


def seen(made=MADE, raw=RAW, again=AGAIN):
    return Explained(P, P, raw, again, SIZE, Masking(), made=made)


def test_means_over_shares():
    np.testing.assert_allclose(road_morf.measure(seen()), MADE["road.morf"].mean(1))
    np.testing.assert_allclose(road_lerf.measure(seen()), MADE["road.lerf"].mean(1))
    np.testing.assert_allclose(road.measure(seen()), (road_lerf.measure(seen()) - road_morf.measure(seen())) / 2)


@pytest.mark.parametrize(("morf", "lerf", "expected"), [(0, 1, 0.5), (1, 0, -0.5), (0.3, 0.3, 0)])
def test_the_ends_of_the_range(morf, lerf, expected):
    made = {"road.morf": np.full((6, 4), morf), "road.lerf": np.full((6, 4), lerf)}
    assert road.measure(seen(made)).tolist() == pytest.approx([expected] * 6)
    assert (arcc.measure(seen(made)) > 0).all() == (expected > 0)


def test_arcc_is_the_harmonic_mean_of_three():
    found, images = arcc.measure(seen()), seen()
    R = np.clip(2 * road.measure(images), 0, 1)
    terms = np.stack([coherency.measure(images), 1 - complexity.measure(images), R])
    assert (R > 0).sum() > 0
    np.testing.assert_allclose(found[R > 0], 3 / (1 / terms).sum(0)[R > 0])
    assert (found[R == 0] == 0).all()


def test_arcc_is_grad_cams(monkeypatch):
    """Of the same masks and the same ROAD; it adds 1e-8 to each term."""
    images = seen()
    U, V = (masks(raw, SIZE, Masking()) for raw in (RAW, AGAIN))
    theirs = peer.ARCC(base_method=None)
    theirs.road = lambda *_: road.measure(images)
    theirs.coherency = lambda *_: (peer.batch_pearson_coherency(U.astype(float), V.astype(float)) + 1) / 2
    np.testing.assert_allclose(arcc.measure(images), theirs(None, U.astype(float), None, None), atol=1e-6)


def test_without_what_they_need():
    nothing = seen(made={})
    assert all(metric.measure(nothing) is None for metric in (road, road_morf, road_lerf, arcc))
    assert np.isnan(arcc.measure(seen(again=None))).all()


def test_what_is_not_finite_is_worst_and_constant_maps_have_no_arcc():
    broken = {name: values.copy() for name, values in MADE.items()}
    broken["road.morf"][0, 1] = broken["road.lerf"][1, 2] = np.nan
    raw = RAW.copy()
    raw[2], raw[3, 0, 0] = 1, np.nan
    images = seen(broken, raw)
    assert road.measure(images)[:2].tolist() == [-0.5, -0.5]
    assert road_morf.measure(images)[0] == 1
    assert road_lerf.measure(images)[1] == 0
    assert arcc.measure(images)[:4].tolist() == [0, 0, 0, 0]
    assert np.isfinite(road.measure(images)).all()
