"""SS-CAM against loops over channels and samples, and torch-cam's with the same noise."""

from types import SimpleNamespace

import pytest
import torch
from peers import CLASSES, pooled, signed
from torch.nn.functional import interpolate

from cambench.methods.sscam import _noise


def noise(batch, image, channel, sample, samples):
    return _noise(batch, torch.tensor([image]), torch.tensor([channel * samples + sample]), 0)[0]


@pytest.mark.parametrize("network", [pooled, signed])
def test_released(network):
    twice, samples, sigma = network(), 3, 0.5
    A, _, _ = twice.seen()
    expected = torch.zeros(len(A), *A.shape[2:])
    for image, x in enumerate(twice.images):
        for channel, small in enumerate(A[image]):
            large = interpolate(small[None, None], x.shape[1:], mode="bilinear")[0, 0]
            if large.max() == large.min():
                continue
            deviation = (sigma / (large.max() - large.min())) ** 2
            drawn = [noise(twice.batch(), image, channel, sample, samples) for sample in range(samples)]
            shown = torch.stack([x * (large + deviation * one) for one in drawn])
            expected[image] += twice.probability(shown)[:, CLASSES[image]].mean() * small
    found = twice.ours("sscam", samples=samples, sigma=sigma)
    assert torch.allclose(found, expected, atol=1e-5)


def test_torch_cam():
    """Its noise is one tensor for each sample; here it is given ours."""
    twice, samples, drawn = pooled(), 3, []
    for sample in range(samples):
        channels = range(twice.seen()[0].shape[1])
        drawn += [[[noise(twice.batch(), i, k, sample, samples) for k in channels] for i in range(2)]]
    given = iter([2 * torch.stack([torch.stack(image) for image in one]) for one in drawn])

    def change(extractor):
        extractor._distrib = SimpleNamespace(sample=lambda size: next(given))

    theirs = twice.torch_cam("SSCAM", change, num_samples=samples)
    found = twice.ours("sscam", samples=samples, variant="torchcam")
    assert theirs.any()
    assert torch.allclose(found.relu(), theirs, atol=1e-5)
    assert not torch.allclose(twice.ours("sscam", samples=samples).relu(), theirs, atol=1e-2)


def test_noise_belongs_to_an_image_a_channel_and_a_sample():
    batch = signed().batch()
    owners, numbers = torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1])
    found = _noise(batch, owners, numbers, 0)
    assert found.shape == (4, 32, 32)
    assert torch.equal(found[[2]], _noise(batch, owners[[2]], numbers[[2]], 0))
    assert len({float(one[0, 0]) for one in found}) == 4
    assert not torch.equal(found, _noise(batch, owners, numbers, 1))
    assert abs(float(found.std()) - 1) < 0.05


def test_without_live_channels_there_is_no_map():
    """Channel 2 of Tiny is always 0."""
    twice = pooled()
    batch = twice.batch()
    batch.__dict__["_clean"] = batch._clean._replace(maps=batch._clean.maps * 0)
    from cambench.methods import iscam, sscam

    for method in (sscam, iscam):
        assert not method.cam(batch, samples=2).any()
