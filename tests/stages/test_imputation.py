"""Imputation against its equations solved directly, and against the authors' imputer as pytorch-grad-cam has it."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve
from torch.nn.functional import interpolate

from cambench.stages._imputation import TOLERANCE, impute
from cambench.stages._multigrid import OFFSETS, coarser, finer, grids_of, laid_out, moved

WEIGHTS = {1: 1 / 6, 2: 1 / 12}  # of neighbours at sides and corners, by |y| + |x|
SIZES = [(32, 32), (24, 40), (63, 41), (7, 90)]


def images(count, size, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, 3, *size)).astype(np.float32))


def by_rank(values, share):
    """Pixels of the greatest values, of (n, H, W), bool."""
    flat = values.flatten(1)
    rank = flat.argsort(1, descending=True).argsort(1)
    return (rank < share * flat.shape[1]).view(values.shape)


def blobs(count, size, share, cells=5):
    small = torch.from_numpy(np.random.default_rng(cells).normal(size=(count, 1, cells, cells)))
    return by_rank(interpolate(small, size, mode="bilinear")[:, 0], share)


def directly(image, removed):
    """The equations, written down once more and solved by SuperLU in float64."""
    places = {tuple(place): number for number, place in enumerate(np.argwhere(removed))}
    matrix, right = lil_matrix((len(places), len(places))), np.zeros((len(places), 3))
    for (y, x), number in places.items():
        around = {(y + a, x + b): WEIGHTS[abs(a) + abs(b)] for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b}
        there = {at: w for at, w in around.items() if 0 <= at[0] < image.shape[1] and 0 <= at[1] < image.shape[2]}
        matrix[number, number] = sum(there.values())
        for at, weight in there.items():
            if at in places:
                matrix[number, places[at]] = -weight
            else:
                right[number] += weight * image[:, at[0], at[1]].astype(float)
    found = image.astype(float)
    found[:, removed] = spsolve(matrix.tocsc(), right).T
    return found


def error(found, expected, image):
    """Greatest distance in a channel, in parts of the image's range."""
    distances = (found - torch.from_numpy(np.asarray(expected))).abs().amax((1, 2))
    return float((distances / (image.amax((1, 2)) - image.amin((1, 2)))).max())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.02, 0.4, 0.8, 0.99])
def test_the_equations_are_solved(size, share):
    x, removed = images(2, size), blobs(2, size, share)
    removed[1] = by_rank(torch.rand(1, *size, generator=torch.Generator().manual_seed(0)), share)[0]  # scattered
    found = impute(x, removed)
    for n in range(2):
        assert error(found[n], directly(x[n].numpy(), removed[n].numpy()), x[n]) < TOLERANCE


@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # the peer's, of numpy
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("kind", ["blob", "cells", "noise", "comb"])
def test_large_images_are_as_the_authors_solve_them(kind, share):
    """To 1e-5 of the range; what they solve in float64, they round to float32."""
    size, comb = (224, 224), -(torch.arange(224) % 7 == 0).float()
    values = {
        "blob": lambda: blobs(1, size, share, 7),
        "cells": lambda: blobs(1, size, share, 56),
        "noise": lambda: by_rank(torch.rand(1, *size, generator=torch.Generator().manual_seed(1)), share),
        "comb": lambda: by_rank((comb[:, None] + comb)[None], share),
    }
    x, removed = images(1, size, seed=3), values[kind]()
    expected = NoisyLinearImputer(noise=0)(x[0], (~removed[0]).float())
    assert error(impute(x, removed)[0], expected, x[0]) < TOLERANCE


def test_each_removed_pixel_is_the_mean_of_its_neighbours_and_others_stay():
    x, removed = images(2, (40, 48)), blobs(2, (40, 48), 0.5)
    found = impute(x, removed)
    around = torch.nn.functional.pad(found, (1, 1, 1, 1))
    means = sum(WEIGHTS[abs(y) + abs(z)] * moved(around, (y, z)) for y, z in OFFSETS if y or z)
    inner = removed.clone()
    inner[:, [0, -1]] = inner[:, :, [0, -1]] = False
    inner = inner[:, None].expand_as(x)
    torch.testing.assert_close(found[inner], means[inner], rtol=0, atol=2e-6)
    kept = ~removed[:, None].expand_as(x)
    assert torch.equal(found[kept], x[kept])


def test_one_pixel_is_enough():
    """What float32 can tell of an image of which all but one pixel is removed: that it is this one everywhere."""
    x, removed = images(1, (224, 224)), torch.ones(1, 224, 224, dtype=torch.bool)
    removed[0, 100, 37] = False
    expected = x[0, :, 100:101, 37:38].expand(3, 224, 224)
    assert error(impute(x, removed)[0], expected, x[0]) < 20 * TOLERANCE


def test_planes_are_what_imputation_puts_back():
    """A plane is the mean of its neighbours inside the image, and a constant at the border, too."""
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(48.0), indexing="ij")
    plane = (2 * y - x).expand(1, 3, 40, 48) / 40
    removed = torch.zeros(1, 40, 48, dtype=torch.bool)
    removed[:, 3:30, 5:40] = True
    torch.testing.assert_close(impute(plane * ~removed + 9 * removed, removed), plane, rtol=0, atol=3e-5)
    constant = torch.full((1, 3, 40, 48), 1 / 3)
    torch.testing.assert_close(impute(constant, ~removed), constant, rtol=0, atol=1e-6)


@pytest.mark.parametrize("value", [-2.1179, -2.0357, 0.3, 2.64])
def test_a_plain_channel_stays_what_it_is(value):
    """Whatever its value, whose rounding is many times the range: an image may be blank, or lack a colour."""
    x, removed = torch.full((1, 3, 224, 224), value), blobs(1, (224, 224), 0.8, 7)
    assert torch.equal(impute(x, removed), x)
    x[0, :, 3, 3] += 0.0175
    found = impute(x, removed)
    assert float((found - value).min()) > -1e-6
    assert float((found - value).max()) < 0.0175 + 1e-6


@pytest.mark.parametrize("cells", [2, 3])
def test_black_and_white_is_imputed_as_well_as_float32_can(cells):
    """Where rounding moves pixels by more than the tolerance, no run ends for it."""
    x, removed = torch.ones(1, 3, 224, 224), blobs(1, (224, 224), 0.95, cells)
    x[..., 112:] = 0
    error = float((impute(x, removed)[0] - torch.from_numpy(directly(x[0].numpy(), removed[0].numpy()))).abs().max())
    assert error < 1e-3


def test_an_image_does_not_depend_on_the_others():
    """Not even on how long they take: one that is solved is left as it is."""
    x, removed = images(9, (48, 48)), blobs(9, (48, 48), 0.8)
    removed[::3] = by_rank(torch.rand(3, 48, 48, generator=torch.Generator().manual_seed(0)), 0.1)
    together = impute(x, removed)
    alone = torch.cat([impute(x[n : n + 1], removed[n : n + 1]) for n in range(9)])
    torch.testing.assert_close(together, alone, rtol=0, atol=3e-6)  # values are up to 4.5


def test_nothing_removed_changes_nothing_and_what_is_not_finite_does_not_spread_to_others():
    x, removed = images(2, (32, 32)), blobs(2, (32, 32), 0.5)
    assert torch.equal(impute(x, torch.zeros_like(removed)), x)
    x[0, 0, 0, 0] = np.nan
    found = impute(x, removed)
    torch.testing.assert_close(found[1:], impute(x[1:], removed[1:]), rtol=0, atol=3e-6)


def test_the_equations_of_a_coarser_grid_are_those_of_the_finer_one_between_interpolations():
    """P^T A P x, with P and A applied one after the other, for equations that differ from point to point."""
    generator = torch.Generator().manual_seed(0)
    equations = torch.rand(1, 9, 17, 9, generator=generator)
    for y, x in OFFSETS:  # none reaches out of the grid
        where = OFFSETS.index((y, x))
        inside = moved(torch.nn.functional.pad(torch.ones(17, 9), (1, 1, 1, 1)), (y, x))
        equations[0, where] *= inside
    column = torch.rand(1, 1, 9, 5, generator=generator)
    around = torch.nn.functional.pad(finer(column), (1, 1, 1, 1))
    applied = sum(equations[:, place : place + 1] * moved(around, at) for place, at in enumerate(OFFSETS))
    grid = grids_of(equations, 2, 1).grids[0]
    torch.testing.assert_close(-grid.residual(column, torch.zeros_like(column)), coarser(applied))


def test_interpolation_is_bilinear_and_its_transpose_is_its_transpose():
    generator = torch.Generator().manual_seed(0)
    small, large = (torch.rand(1, 2, *sides, generator=generator) for sides in ((5, 9), (9, 17)))
    expected = interpolate(small, (9, 17), mode="bilinear", align_corners=True)
    torch.testing.assert_close(finer(laid_out(small)), expected)
    torch.testing.assert_close((finer(small) * large).sum(), (small * coarser(large)).sum())


def test_no_tensor_lands_on_another_device():
    with torch.device("meta"):
        x, removed = images(1, (32, 32)), blobs(1, (32, 32), 0.3)
        assert impute(x.cpu(), removed).device.type == "cpu"
