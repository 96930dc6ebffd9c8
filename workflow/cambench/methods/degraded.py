"""Control: the map of another method with a share of its cells shuffled, so that it is worse by a known amount.

`cam` names the method, which is asked with its default settings, and whose maps are as large as the target layer's;
they go through its ReLU first, if it has one. `share` of the cells, drawn at random for each image, exchange their
values at random: of a smaller share they are some of those of a larger one with the same `seed`. A metric that tells
good maps from bad ones ranks labels with shares of 0.25, 0.5 and 1 in this order, behind the method itself. The masked
image draws anew.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from torch import Tensor

from . import facts, refusal
from ._contract import Batch, bind
from ._settings import Range

RELU = False
CONTROL = True
OF = "cam"
_APART = 2**32  # from the numbers that the method itself may draw with the same seed


def cam(
    batch: Batch,
    *,
    cam: str = "gradcam",
    share: Annotated[float, Range(0, 1)] = 0.5,
    seed: Annotated[int, Range(0)] = 0,
) -> tuple[Tensor, Tensor]:
    """Maps of the method, some of whose cells have each other's values, and their condition."""
    maps, condition = bind(cam, {}, len(batch))(batch)
    cells = (maps.relu() if facts(cam).relu else maps).flatten(1)
    random, count = batch.random(_APART + seed), round(share * cells.shape[1])
    chosen = random.uniform((cells.shape[1],)).argsort(1)[:, :count]
    others = chosen.gather(1, random.uniform((cells.shape[1],))[:, :count].argsort(1))
    return cells.scatter(1, chosen, cells.gather(1, others)).view_as(maps), condition


def check(network: Mapping[str, Any], *, cam: str = "gradcam") -> str | None:
    """Why a network cannot be explained."""
    return refusal(cam, network)
