"""ROAD against pytorch-grad-cam's where that removes what it says, and what it removes where maps have zeros."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small
from pytorch_grad_cam.metrics import road as peer
from pytorch_grad_cam.metrics.perturbation_confidence import RemoveLeastRelevantFirst, RemoveMostRelevantFirst
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget

from cambench.masks import Masking
from cambench.metrics import Explained, road
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import _order
from cambench.stages.road import Removing, _noise, remove

CLASSES, SEEDS = np.array([1, 3, 0, 4, 2]), np.arange(5)
SHARES = (20, 40, 60, 80)
peers = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")


def removed(probe, pixels, raw, shares=SHARES, noise=0.0, ties="random", batch=8, relu=False, rows=slice(None)):
    shard = Shard(pixels[rows], CLASSES[rows], SEEDS[rows])
    return gathered(remove(probe, shard, raw[rows], Masking(relu), Removing(shares, noise, ties), batch))


@pytest.fixture
def untied():
    """Maps of the input's size in which no two pixels are equal: multiples of 1/1024, so that 1 - U has none either."""
    random = np.random.default_rng(2)
    return random.permuted(np.arange(5 * 1024).reshape(5, 1024) % 1024, axis=1).reshape(5, 32, 32).astype(np.float32)


@peers
def test_it_is_grad_cams_on_maps_without_ties(tiny, pixels, untied, monkeypatch):
    """With its noise, which nobody can seed by image, at 0."""
    monkeypatch.setattr(peer.NoisyLinearImputer.__init__, "__defaults__", (0, peer.neighbors_weights))
    x, targets = tiny.prepare(pixels), [ClassifierOutputSoftmaxTarget(int(c)) for c in CLASSES]
    found, U = removed(tiny, pixels, untied), (untied / 1023).astype(np.float32)
    combined = peer.ROADCombined(percentiles=list(SHARES))(x, U, targets, tiny.network)
    p = np.zeros(5)
    np.testing.assert_allclose(road.measure(Explained(p, p, made=made(found))), combined, atol=2e-6)
    for name, metric in (("morf", peer.ROADMostRelevantFirst), ("lerf", peer.ROADLeastRelevantFirst)):
        for place, share in enumerate(SHARES):
            values = metric(100 - share)(x, U, targets, tiny.network, return_diff=False)
            np.testing.assert_allclose(found[name][:, place], values, atol=5e-6)


def made(found):
    return {f"road.{name}": found[name] for name in ("morf", "lerf")}


def test_shares_are_removed_where_grad_cam_removes_the_whole_image(tiny, pixels):
    """A map with 64 % zeros: of 10 to 90 %, thresholds at percentiles remove all pixels in six cases, or 64 %."""
    map_ = torch.zeros(32, 32)
    map_.view(-1)[:369] = torch.arange(1, 370) / 369
    keep = {}
    for name, remover in (("most", RemoveMostRelevantFirst), ("least", RemoveLeastRelevantFirst)):
        keep[name] = [float(remover(p, lambda image, mask: mask)(map_, map_).mean()) for p in range(10, 100, 10)]
    assert [share == 0 for share in keep["most"]] == [True] * 6 + [False] * 3
    assert keep["least"][3:] == pytest.approx([369 / 1024] * 6, abs=0.001)
    ranks = _order.ranks(map_.numpy()[None], "random", opened(tiny, pixels[:1]))[0]
    for count, share in zip(Removing(SHARES, 0, "random").counts(1024), SHARES, strict=True):
        assert int((ranks < count).sum()) == int((ranks >= 1024 - count).sum()) == round(10.24 * share)


def test_passes_shapes_and_types(tiny, pixels, raw):
    found = removed(tiny, pixels, raw, shares=(10, 50, 90))
    assert found["passes"].tolist() == [6] * 5
    for name in ("morf", "lerf"):
        assert (found[name].shape, found[name].dtype) == ((5, 3), np.float64)
        assert (found[name] != found[name].astype(np.float32)).any()


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_batches_change_nothing(tiny, pixels, raw, batch):
    found, expected = (removed(tiny, pixels, raw, noise=0.01, batch=size) for size in (batch, 8))
    alone = removed(tiny, pixels, raw, noise=0.01, rows=slice(3, 4))
    for name in ("morf", "lerf"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
        np.testing.assert_allclose(alone[name], expected[name][3:4], atol=1e-6)


def test_the_most_salient_pixels_are_the_least_of_the_opposite_map(tiny, pixels, untied):
    found, opposite = (removed(tiny, pixels, maps, noise=0.01) for maps in (untied, 1023 - untied))
    np.testing.assert_allclose(found["morf"], opposite["lerf"], atol=1e-6)
    assert np.abs(found["morf"] - found["lerf"]).max() > 1e-3


def test_noise_is_on_removed_pixels_alone_and_in_the_units_of_pixels(tiny, pixels, untied):
    """Its standard deviation is 0.01 of [0, 1], which is 0.04 where the data set's is 0.25; each image has its own."""
    images = opened(tiny, pixels, seeds=SEEDS)
    noise = _noise(images, 0.01)
    assert noise.shape == (5, 3, 32, 32)
    assert noise.flatten(1).std(1).numpy() == pytest.approx(0.04, rel=0.05)
    assert noise.mean() == pytest.approx(0, abs=0.001)
    torch.testing.assert_close(_noise(opened(tiny, pixels[2:3], seeds=SEEDS[2:3]), 0.01)[0], noise[2])
    assert not torch.allclose(noise[0], noise[1])
    quiet, loud = removed(tiny, pixels, untied), removed(tiny, pixels, untied, noise=0.01)
    differences = [np.abs(quiet[name] - loud[name]).max() for name in ("morf", "lerf")]
    assert all(0 < each < 0.05 for each in differences)


class Seen(torch.nn.Module):
    """A network that keeps what it is shown."""

    def __init__(self, network):
        super().__init__()
        self.network, self.shown = network, []

    def forward(self, x):
        self.shown.append(x.clone())
        return self.network(x)


def test_what_is_forwarded(pixels, untied):
    """Kept pixels are the image's own; the last 20 % are what the first 80 % leave."""
    probe = open_probe("tiny", small(), COMPUTE)
    probe.network = Seen(probe.network)
    removed(probe, pixels, untied, shares=(20, 80), noise=0.01, rows=slice(1))
    shown, x = torch.cat(probe.network.shown), probe.prepare(pixels[:1])
    changed = (shown != x).any(1)
    assert changed.flatten(1).sum(1).tolist() == [205, 819, 205, 819]
    rank = torch.from_numpy(1023 - untied[0]).long()
    for n, expected in enumerate([rank < 205, rank < 819, rank >= 1024 - 205, rank >= 1024 - 819]):
        assert torch.equal(changed[n], expected)


def test_ties_are_ordered_as_for_curves(tiny, pixels):
    flat = np.ones((5, 32, 32), np.float32)
    found = {ties: removed(tiny, pixels, flat, ties=ties) for ties in ("random", "reading", "reversed")}
    np.testing.assert_allclose(found["reading"]["morf"], found["reversed"]["lerf"], atol=1e-6)
    assert np.abs(found["random"]["morf"] - found["reading"]["morf"]).max() > 1e-3


def test_a_map_that_is_not_finite_is_a_constant_one(tiny, pixels, raw):
    broken = np.full_like(raw, np.nan)
    np.testing.assert_array_equal(removed(tiny, pixels, broken)["morf"], removed(tiny, pixels, raw * 0)["morf"])
