"""Parts of images are removed as written out here; subsets belong to the image; passes are counted."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, opened, small

from cambench.errors import InputError
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages.perturbations import Perturbing, perturb

CLASSES, SEEDS = np.array([1, 3, 0, 4, 2]), np.array([11, 12, 13, 14, 15])
SETTINGS = Perturbing(cells=4, subsets=20, grid=9, share=0.2)


def made(probe, pixels, settings=SETTINGS, batch=8, which=slice(None)):
    shard = Shard(pixels[which], CLASSES[which], SEEDS[which])
    clean = opened(probe, pixels[which], CLASSES[which]).probability().numpy()
    return gathered(perturb(probe, shard, clean, settings, batch))


def seen(probe, inputs, label):
    """Logit and probability of a class, float64 (n,)."""
    with torch.no_grad():
        logits = probe.network(inputs).double()
    return logits[:, label].numpy(), logits.softmax(1)[:, label].numpy()


def places(size, grid):
    """Rows and columns of each place, by a loop over the pixels."""
    found = {}
    for y in range(size[0]):
        for x in range(size[1]):
            found.setdefault((y * grid // size[0], x * grid // size[1]), []).append((y, x))
    return [found[row, column] for row in range(grid) for column in range(grid)]


def without(image, pixels):
    """An image (3, H, W) whose pixels are 0."""
    changed = image.clone()
    for y, x in pixels:
        changed[:, y, x] = 0
    return changed


@pytest.mark.parametrize("shape", [(32, 32), (24, 40)])
@pytest.mark.parametrize("cells", [4, 5])  # which do not divide the sides, as 9 does not
def test_what_is_removed(shape, cells):
    block = small()
    block["preprocessing"] = {**block["preprocessing"], "resize": list(shape), "crop": list(shape)}
    probe = open_probe("tiny", block, COMPUTE)
    pixels = np.random.default_rng(0).integers(0, 255, (5, *shape, 3), dtype=np.uint8)
    found = made(probe, pixels, Perturbing(cells, 20, 9, 0.2))
    for row in (0, 3):
        x, label = probe.prepare(pixels)[row], CLASSES[row]
        y, p = seen(probe, x[None], label)
        removed = torch.stack([without(x, place) for place in places(shape, cells)])
        np.testing.assert_allclose(found["cells"][row], y - seen(probe, removed, label)[0], atol=1e-5)
        grid, subsets = places(shape, 9), found["removed"][row]
        lacking = [[pixel for place in np.flatnonzero(subset) for pixel in grid[place]] for subset in subsets]
        removed = torch.stack([without(x, some) for some in lacking])
        np.testing.assert_allclose(found["subsets"][row], p - seen(probe, removed, label)[1], atol=1e-6)


def test_what_is_written(tiny, pixels):
    found = made(tiny, pixels)
    assert {name: (values.dtype, values.shape) for name, values in found.items()} == {
        "cells": (np.float64, (5, 16)),
        "subsets": (np.float64, (5, 20)),
        "removed": (np.uint8, (5, 20, 81)),
        "passes": (np.int32, (5,)),
    }
    assert found["passes"].tolist() == [1 + 16 + 20] * 5


@pytest.mark.parametrize(
    ("cells", "subsets", "passes"),
    [(0, 20, 20), (3, 0, 1 + 9), (4, 200, 217)],  # subsets alone need no clean pass: stage `predictions` has made it
)
def test_only_what_is_asked_for_is_forwarded(pixels, cells, subsets, passes):
    probe = open_probe("tiny", small(), COMPUTE)
    forwarded = []
    probe.network.register_forward_pre_hook(lambda _, args: forwarded.append(len(args[0])))
    shard, settings = Shard(pixels, CLASSES, SEEDS), Perturbing(cells, subsets, 9, 0.2)
    found = gathered(perturb(probe, shard, np.full(5, 0.5), settings, 8))
    assert found["passes"].tolist() == [passes] * 5
    assert sum(forwarded) == 5 * passes == 5 * settings.per_image
    assert found["cells"].shape == (5, cells**2)
    assert found["removed"].shape == (5, subsets, 81)


def test_batches_are_full_whatever_image_an_input_is_of(pixels):
    """Of twenty inputs an image, three images fill eight batches of eight, or nearly."""
    probe, sizes = open_probe("tiny", small(), COMPUTE), []
    probe.network.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    shard = Shard(pixels, CLASSES, SEEDS)
    list(perturb(probe, shard, np.full(5, 0.5), Perturbing(4, 3, 9, 0.2), 8))
    assert sizes == [8] * 7 + [4] + [8] * 5


@pytest.mark.parametrize(("share", "each"), [(0.001, 1), (0.2, 2), (0.5, 5), (0.999, 8)])
def test_subsets_have_as_many_places_each(tiny, pixels, share, each):
    """The share of nine, rounded; but one at least, and not all."""
    removed = made(tiny, pixels, Perturbing(0, 300, 3, share))["removed"]
    assert set(removed.sum(2).flatten()) == {each}
    assert set(np.unique(removed)) == {0, 1}


def test_every_subset_is_alike_probable(tiny, pixels):
    """Of four places, two at a time: six subsets, a sixth of the draws each, within four standard errors."""
    removed = made(tiny, pixels, Perturbing(0, 2000, 2, 0.5))["removed"].reshape(-1, 4)
    counts = np.unique(removed @ [8, 4, 2, 1], return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts / 10000 - 1 / 6).max() < 4 * np.sqrt(5 / 36 / 10000)


def test_subsets_belong_to_the_image(tiny, vit, pixels):
    """Whatever the network, the cells, the batch and the other images are; another image has others."""
    found = made(tiny, pixels)["removed"]
    np.testing.assert_array_equal(made(vit, pixels)["removed"], found)
    np.testing.assert_array_equal(made(tiny, pixels, Perturbing(0, 20, 9, 0.2))["removed"], found)
    np.testing.assert_array_equal(made(tiny, pixels, batch=1)["removed"], found)
    np.testing.assert_array_equal(made(tiny, pixels, which=slice(3, 4))["removed"][0], found[3])
    assert not np.array_equal(found[0], found[1])
    more = made(tiny, pixels, Perturbing(4, 50, 9, 0.2))["removed"]
    np.testing.assert_array_equal(more[:, :20], found)  # more of them begin with the same


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_batches_change_nothing(tiny, pixels, batch):
    found, expected = made(tiny, pixels, batch=batch), made(tiny, pixels)
    alone = made(tiny, pixels, batch=batch, which=slice(2, 3))
    for name in ("cells", "subsets"):
        np.testing.assert_allclose(found[name], expected[name], atol=2e-6)
        np.testing.assert_allclose(alone[name][0], expected[name][2], atol=2e-6)


def test_sigmoid(pixels):
    probe = open_probe("multi", {**small(), "score": "sigmoid"}, COMPUTE)
    found, x = made(probe, pixels), probe.prepare(pixels)
    grid = places((32, 32), 9)
    lacking = [pixel for place in np.flatnonzero(found["removed"][2, 7]) for pixel in grid[place]]
    with torch.no_grad():
        y = probe.network(torch.stack([x[2], without(x[2], lacking)])).double()[:, CLASSES[2]]
    assert found["subsets"][2, 7] == pytest.approx(float(y.sigmoid()[0] - y.sigmoid()[1]), abs=1e-6)


def test_the_clean_probability_is_the_stored_one(tiny, pixels):
    """That of the table, which metrics see, and not one more of another batch."""
    shard = Shard(pixels, CLASSES, SEEDS)
    found = [gathered(perturb(tiny, shard, np.full(5, p), SETTINGS, 8))["subsets"] for p in (0.5, 0.75)]
    np.testing.assert_allclose(found[1] - found[0], 0.25, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (Perturbing(33, 0, 9, 0.2), "perturbations.cells: 33 along a side do not fit an input of 32 x 32"),
        (Perturbing(4, 5, 40, 0.2), "perturbations.grid: 40 along a side do not fit an input of 32 x 32"),
    ],
)
def test_grids_that_are_finer_than_the_pixels(tiny, pixels, settings, line):
    with pytest.raises(InputError, match=f"^{line}$"):
        made(tiny, pixels, settings)
    assert made(tiny, pixels, Perturbing(32, 0, 40, 0.2), 64)["cells"].shape == (5, 1024)  # each pixel by itself


def test_no_tensor_is_left_on_the_cpu(ghost, pixels, monkeypatch):
    monkeypatch.setattr("cambench.networks.batches._land", lambda tensors: lambda: tensors)
    (found,) = perturb(ghost, Shard(pixels, CLASSES, SEEDS), np.full(5, 0.5), Perturbing(2, 5, 3, 0.2), 50)
    assert all(values.is_meta for values in found.values())
