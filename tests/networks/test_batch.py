"""What a method sees of a batch: it cannot be changed, one pass serves every question, and passes are counted."""

import dataclasses

import numpy as np
import pytest
import torch
from conftest import PREPROCESSING, opened, small

from cambench.networks.batch import Batch
from cambench.networks.build import build
from cambench.networks.probe import Probe, Shard

CLASSES = torch.tensor([0, 1, 2, 3, 4, 0])


@pytest.mark.parametrize("name", [*(field.name for field in dataclasses.fields(Batch)), "other", "map_shape"])
def test_nothing_of_it_can_be_assigned(tiny, pixels, name):
    batch = opened(tiny, pixels, CLASSES)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(batch, name, batch.images)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(batch, name)


def test_one_clean_pass_serves_every_question(tiny, pixels):
    batch, forwarded = opened(tiny, pixels, CLASSES), []
    handle = tiny.network.register_forward_pre_hook(lambda _, args: forwarded.append(len(args[0])))
    assert batch.passes.tolist() == [0] * 6
    for _ in range(3):
        batch.probability()
        batch.gradients()
        batch.activations()
        batch.logits()
    handle.remove()
    assert batch.passes.tolist() == [1] * 6
    assert forwarded == [6]


def test_passes_are_counted_by_image(tiny, pixels):
    batch = opened(tiny, pixels, CLASSES)
    A, owners = batch.activations(), torch.tensor([0, 0, 0, 2, 5])
    batch.scores(lambda start, stop: batch.images[owners[start:stop]], owners)
    assert batch.passes.tolist() == [4, 1, 2, 1, 1, 2]
    batch.head(lambda start, stop: A[owners[start:stop]], owners)  # the head alone is no pass
    assert batch.passes.tolist() == [4, 1, 2, 1, 1, 2]
    batch.gradients_at(batch.images)
    assert batch.passes.tolist() == [5, 2, 3, 2, 2, 3]


def test_a_question_about_other_inputs_changes_no_answer(tiny, pixels):
    batch = opened(tiny, pixels, CLASSES)
    images, A, logits = batch.images.clone(), batch.activations().clone(), batch.logits().clone()
    noisy, _ = batch.gradients_at(batch.images + 1)
    assert not torch.equal(noisy, A)
    assert torch.equal(batch.images, images)
    assert torch.equal(batch.activations(), A)
    assert torch.equal(batch.logits(), logits)
    assert torch.equal(batch.gradients()[0], A)


def test_logits_of_lists_are_those_of_their_inputs(tiny, pixels):
    batch = opened(tiny, pixels, CLASSES)
    owners = torch.arange(6).repeat(4)  # three batches of eight
    A, expected = batch.activations(), batch.logits()[owners]
    scores = batch.scores(lambda start, stop: batch.images[owners[start:stop]], owners)
    torch.testing.assert_close(scores, expected)
    torch.testing.assert_close(batch.head(lambda start, stop: A[owners[start:stop]], owners), expected)
    probability = batch.logits().double().softmax(1)[torch.arange(6), CLASSES]
    torch.testing.assert_close(batch.probability(), probability)


def test_gradients_of_several_classes(tiny, pixels):
    other = (CLASSES + 1) % 5
    W = tiny.network.fc.weight
    for wanted in (CLASSES, other):
        batch = opened(tiny, pixels, wanted)
        A, g = batch.gradients()
        cells = A.shape[2] * A.shape[3]
        assert torch.allclose(g[:, :, 0, 0] * cells, W[wanted])
        assert batch.passes.tolist() == [1] * 6


def test_gradients_are_autograds(pixels):
    """Of a head that goes on with an in-place ReLU."""
    probe = Probe(build("mapped", small("tiny:Mapped")), "stem", PREPROCESSING)
    for wanted in (CLASSES, CLASSES.flip(0)):
        A, g = opened(probe, pixels, wanted).gradients()
        leaf = A.clone().requires_grad_()
        logits = probe.network.maps(leaf.relu()).relu().mean((2, 3))
        (expected,) = torch.autograd.grad(logits.gather(1, wanted[:, None]).sum(), leaf)
        assert g.any()
        assert torch.allclose(g, expected, atol=1e-7)


def test_a_part_of_a_shard(tiny, pixels):
    shard = Shard(pixels, CLASSES.numpy(), np.arange(10, 16), first=100)
    part = Batch.of(tiny, shard, 2, 5)
    assert (len(part), part.masked) == (3, False)
    assert torch.equal(part.images, tiny.prepare(pixels[2:5]))
    assert part.classes.tolist() == [2, 3, 4]
    assert part.seeds.tolist() == [12, 13, 14]
    assert part.rows.tolist() == [102, 103, 104]
    masked = Batch.of(tiny, shard, 2, 5, masked_images=part.images / 2)
    assert masked.masked
    assert torch.equal(masked.images, part.images / 2)


def test_random_numbers_are_an_images_own(tiny, pixels):
    def drawn(order, masked=False, seed=0):
        random = opened(tiny, pixels[order], seeds=np.array(order), masked=masked).random(seed)
        return random.normal((4, 5)), random.normal((4, 5)), random.uniform((7,))

    first, second, uniform = drawn([0, 1, 2])
    assert first.shape == (3, 4, 5)
    assert ((uniform >= 0) & (uniform < 1)).all()
    assert not torch.equal(first, second)  # further draws go on
    assert not torch.equal(first[0], first[1])
    for found, expected in zip(drawn([2, 0]), (first, second, uniform), strict=True):
        assert torch.equal(found, expected[[2, 0]])
    for changes in ({"masked": True}, {"seed": 1}):
        assert not torch.equal(drawn([0, 1, 2], **changes)[0], first)
