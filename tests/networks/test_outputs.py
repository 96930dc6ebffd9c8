"""Logits in what networks return; nothing is guessed between two."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from transformers.modeling_outputs import BaseModelOutputWithPooling, ImageClassifierOutput

from cambench.errors import InputError
from cambench.networks.outputs import logits_of

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
