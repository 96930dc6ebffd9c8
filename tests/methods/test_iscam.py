"""IS-CAM against a loop over channels and steps, and torch-cam's."""

import pytest
import torch
from peers import CLASSES, pooled, signed
from torch.nn.functional import interpolate


def by_hand(twice, factors):
    A, _, _ = twice.seen()
    expected = torch.zeros(len(A), *A.shape[2:])
    for image, x in enumerate(twice.images):
        for small in A[image]:
            if small.max() == small.min():
                continue
            H = (small - small.min()) / (small.max() - small.min())
            shown = x * interpolate(H[None, None], x.shape[1:], mode="bilinear")[0]
            p = twice.probability(torch.stack([factor * shown for factor in factors]))[:, CLASSES[image]]
            expected[image] += p.mean() * small
    return expected


@pytest.mark.parametrize("network", [pooled, signed])
def test_integral(network):
    expected = by_hand(network(), [i / 10 for i in range(1, 11)])
    assert torch.allclose(network().ours("iscam"), expected, atol=1e-5)


def test_the_last_step_alone():
    """What the authors' file sums before it forwards it."""
    expected = by_hand(signed(), [sum(i / 10 for i in range(1, 11))])
    assert torch.allclose(signed().ours("iscam", samples=1, reach=5.5), expected, atol=1e-5)


@pytest.mark.parametrize("network", [pooled, signed])
def test_torch_cam(network):
    theirs = network().torch_cam("ISCAM", num_samples=4)
    found = network().ours("iscam", samples=4, variant="torchcam").relu()
    assert theirs.any()
    assert torch.allclose(found, theirs, atol=1e-5 * float(theirs.max()))
