"""Group-CAM against loops over groups, with scipy's Gaussian filter."""

import numpy as np
import pytest
import torch
from conftest import unit
from peers import CLASSES, signed
from scipy.ndimage import gaussian_filter1d
from torch.nn.functional import interpolate

from cambench import methods


def blurred(images):
    """51 taps of sigma 50, mirrored without the border's own pixel."""
    rows = gaussian_filter1d(images.double().numpy(), 50, axis=2, mode="mirror", truncate=0.5)
    return torch.from_numpy(gaussian_filter1d(rows, 50, axis=3, mode="mirror", truncate=0.5)).float()


def large(small):
    return interpolate(small[None, None], (32, 32), mode="bilinear")[0, 0]


def by_hand(groups, variant):
    twice = signed()
    A, g, _ = twice.seen()
    maps = []
    for x, b, c, image in zip(
        twice.images, blurred(twice.images), CLASSES, g.mean((2, 3))[:, :, None, None] * A, strict=True
    ):
        total, nothing = torch.zeros(32, 32), twice.probability(b[None])[0, c]
        for part in image.split(-(-len(image) // groups)):
            small = part.sum(0).clamp(min=0)
            if variant == "2021-05":
                small = small * (small > np.percentile(small.numpy(), 70))
            S = large(small)
            if S.max() == S.min():
                continue
            M = (S - S.min()) / (S.max() - S.min())
            v = twice.probability((x * M + b * (1 - M))[None])[0, c] - nothing
            total += v * M if variant == "2021-05" else v.clamp(min=0) * S
        maps.append(total)
    return torch.stack(maps)


@pytest.mark.parametrize("variant", ["released2021", "2021-05"])
@pytest.mark.parametrize("groups", [3, 4, 32])
def test_groups(groups, variant):
    """Six channels: four groups are three of two, and 32 are six of one."""
    expected = by_hand(groups, variant)
    found = signed().ours("groupcam", groups=groups, variant=variant)
    assert expected.any()
    assert torch.allclose(found, expected, atol=1e-4 * float(expected.abs().max()))


def test_one_group_on_the_mean_colour_is_grad_cam():
    """Where showing it helps, and then proportional to Grad-CAM after its ReLU, enlarged."""
    found = signed().ours("groupcam", groups=1, baseline="zero")
    helped = found.flatten(1).any(1)
    assert helped.any()
    expected = torch.stack([large(small) for small in signed().ours("gradcam").relu()])
    assert torch.allclose(unit(found)[helped], unit(expected)[helped], atol=1e-5)


def test_a_group_without_a_range_counts_for_nothing():
    """A channel of Tiny is 0 throughout; the authors' code divides 0 by 0."""
    from peers import pooled

    found = pooled().ours("groupcam", groups=4)
    assert found.isfinite().all()
    batch = pooled().batch()
    methods.load("groupcam")(batch, groups=4)
    assert batch.passes.tolist() == [1 + 1 + 4] * 2


def test_images_too_small_to_blur_are_refused():
    reason = "needs images of more than 25 pixels a side to blur them, not 25 x 40"
    assert methods.refusal("groupcam", {"input": [25, 40]}) == reason
    assert methods.refusal("groupcam", {"input": [25, 40]}, {"baseline": "zero"}) is None
    assert methods.refusal("groupcam", {"input": [26, 40]}) is None
