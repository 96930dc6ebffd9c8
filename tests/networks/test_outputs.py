"""Logits in what networks return; nothing is guessed between two."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from conftest import small
from transformers.modeling_outputs import BaseModelOutputWithPooling, ImageClassifierOutput

from cambench.errors import InputError
from cambench.networks.build import build
from cambench.networks.outputs import are_probabilities, logits_of, noise
from cambench.networks.probe import Probe

LOGITS, AUX, ONE = torch.zeros(2, 5), torch.zeros(2, 5), torch.zeros(2, 1)
TOKENS, MAPS, LOSS = torch.zeros(2, 9, 4), torch.zeros(2, 5, 1, 1), torch.zeros(())
Inception = namedtuple("Inception", ["logits", "aux_logits"])


@dataclass
class Answer:
    logits: object


@dataclass
class Other:
    scores: torch.Tensor


@pytest.mark.parametrize(
    "output",
    [
        LOGITS,
        (LOGITS,),
        [LOGITS],
        (LOGITS, TOKENS),
        (LOGITS, (AUX, TOKENS), None),
        Inception(LOGITS, AUX),
        {"logits": LOGITS, "aux": AUX},
        {"out": LOGITS},
        OrderedDict(out=LOGITS, note="fast"),
        Answer(LOGITS),
        ImageClassifierOutput(logits=LOGITS, hidden_states=(TOKENS,)),
    ],
)
def test_logits_that_nothing_else_can_be(output):
    assert logits_of(output) is LOGITS


TENSOR = "a tensor (2, 5)"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ((LOGITS, AUX), f"a tuple of {TENSOR}, {TENSOR}"),
        ([TOKENS, LOGITS], f"a list of a tensor (2, 9, 4), {TENSOR}"),
        ((LOSS, LOGITS), f"a tuple of a tensor (), {TENSOR}"),
        ((), "a tuple of nothing"),
        ((LOGITS,) * 6, f"a tuple of {TENSOR}, {TENSOR}, {TENSOR}, {TENSOR} and 2 more"),
        ({"out": LOGITS, "aux": AUX}, f"a dict of 'out': {TENSOR}, 'aux': {TENSOR}"),
        ({"logits": None, "out": LOGITS}, f"a dict of 'logits': a NoneType, 'out': {TENSOR}"),
        (
            BaseModelOutputWithPooling(last_hidden_state=TOKENS, pooler_output=LOGITS),
            "a BaseModelOutputWithPooling of 'last_hidden_state': a tensor (2, 9, 4), 'pooler_output': " + TENSOR,
        ),
        (Answer(MAPS), "a Answer whose logits are a tensor (2, 5, 1, 1)"),
        (Other(LOGITS), "a Other"),
        (ONE, "a tensor (2, 1)"),
        (MAPS, "a tensor (2, 5, 1, 1)"),
        (None, "a NoneType"),
        ("text", "a str"),
    ],
)
def test_other_outputs_are_refused_by_name(output, said):
    with pytest.raises(InputError) as error:
        logits_of(output)
    assert str(error.value) == f"it returns {said}, not logits (n, classes) of two or more classes"


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
@pytest.mark.parametrize(
    ("last", "refused"),
    [
        (lambda x: x.softmax(1), True),
        (lambda x: x.exp() / x.exp().sum(1, keepdim=True), True),
        (lambda x: x.sigmoid().clone(), True),
        (lambda x: (0 * x).softmax(1), True),
        (lambda x: x.log_softmax(1), False),
        (lambda x: 0 * x, False),
        (lambda x: 0 * x + 0.5, False),
        (lambda x: 0.4 + 0.1 * x / x.abs().max(), False),  # a few logits may lie within 0 and 1 by chance
        (lambda x: x, False),
    ],
)
def test_a_network_that_returns_probabilities_is_refused(last, refused, score):
    network = build("tiny", small())
    network.fc.register_forward_hook(lambda _, __, output: last(output))
    if not refused:
        assert Probe(network, "relu", small()["preprocessing"], score=score).map_shape == (8, 8)
        return
    line = "^it returns probabilities, not logits; leave out its last softmax or sigmoid$"
    with pytest.raises(InputError, match=line):
        Probe(network, "relu", small()["preprocessing"], score=score)


def test_many_outputs_within_0_and_1_are_probabilities_where_a_sigmoid_would_come():
    outputs = torch.rand(2, 10, generator=torch.Generator().manual_seed(0))
    assert are_probabilities(outputs, "sigmoid")
    assert not are_probabilities(outputs, "softmax")
    assert not are_probabilities(outputs[:, :9], "sigmoid")
    assert not are_probabilities(outputs[:1].expand(2, 10), "sigmoid")
    assert not are_probabilities(outputs.to("meta"), "sigmoid")


def test_inputs_of_noise():
    one = noise((4, 5), torch.device("cpu"))
    assert one.shape == (2, 3, 4, 5)
    other = noise((64, 64), torch.device("cpu"), (0.5, 1, 3)).std((1, 2, 3))
    assert torch.allclose(other, torch.tensor([0.5, 1, 3]), rtol=0.05)
