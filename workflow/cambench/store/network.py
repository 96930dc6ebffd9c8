"""What stage `networks` writes of each network: `networks/<name>.json`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from ..errors import shown
from . import files


class Opened(TypedDict):
    """Facts of an opened network that passes show.

    `map` (h, w) is that of the target layer, whose output lies as `layout` says, nchw, nhwc or tokens, the first
    `prefix` of which belong to no place; `input` (H, W); `operations` are those of one image's forward pass.
    `folds` are paths of convolutions, each with that of the batch norm that is folded into it, and `pads` those with
    the name of the layer of zeros that is. `score`, softmax or sigmoid, makes probabilities of logits.
    `levels` are the channels of the last layer of each resolution down to the target layer, all together; `layers` are
    K, h and w of the map of every layer that could be the target layer, by path, in the order in which they run.
    `attention` says whether all tokens of the target layer attend to all in each of `blocks` blocks, `no_attention` why
    not, and `queries` whose rows methods take: `class`, the first token's; `prefix 0 + 1`, the mean of those; or `all`.
    """

    layer: str
    layout: str
    prefix: int
    channels: int
    levels: NotRequired[int]
    map: list[int]
    layers: NotRequired[dict[str, list[int]]]
    input: list[int]
    classes: int
    score: str
    operations: int
    folds: list[list[str]]
    pads: list[list[str]]
    linear_head: bool
    head_alone: bool
    attention: bool
    no_attention: str | None
    blocks: int
    queries: str


class Network(Opened):
    """Facts of a network.

    `weights` names the weights; `state` is the SHA-256 of all parameters and buffers as they were built; `random` says
    whether they depend on the seed. `revision` is the commit of the repository that they or the network come from, if
    they come from one; `checkpoint` is where in their file they were, if it holds more. `preprocessing` was used,
    `own_preprocessing` is what the weights were made with as far as they say it, with the same keys: resize, crop,
    interpolation, mean, std, and centre where it is `floor`. `class_names` are the network's own, in the order of its
    classes, for those who ask for them. Nothing here tells of the machine: maps depend on
    this file by content, and a lost one may be made again elsewhere.
    """

    network: str
    parameters: int
    weights: str
    revision: str | None
    checkpoint: str | None
    state: str
    random: bool
    preprocessing: dict[str, Any]
    own_preprocessing: dict[str, Any] | None
    precision: str
    class_names: NotRequired[list[str] | None]


def at_layer(network: Mapping[str, Any], layer: str) -> dict[str, Any]:
    """What the facts of a network tell of another layer; the target layer's, where they do not tell its map.

    Whether its head runs alone is taken to be as at the target layer.
    """
    channels, *sides = network.get("layers", {}).get(layer, [network["channels"], *network["map"]])
    linear = network.get("linear_head", False) and layer == network.get("layer")
    return {**network, "layer": layer, "channels": channels, "map": sides, "linear_head": linear}


def refused_layer(network: Mapping[str, Any], layer: str) -> str | None:
    """Why a layer cannot be the target layer, by the facts `layers` and `folds`; None if it can, or without them."""
    known: Mapping[str, Any] | None = network.get("layers")
    if known is None or layer in known:
        return None
    for conv, norm in network.get("folds", ()):
        if layer == conv:
            return f"layer {layer!r} is one with its batch norm; name that, {norm!r}"
    return f"no layer {shown(layer)} that fits; the last that do are {', '.join(list(known)[-5:])}"


def shares_activations(network: Network, most: float) -> bool:
    """Whether the clean pass of a network serves all methods: predictions keep the output of its target layer.

    So it is where the head gives the logits of the map alone, which `head_alone` and no prefix say, and an image's map
    takes no more than `most` MB. The number of images is no matter, so that a run that grows goes on as it began.

    **Arguments:** `most` is `compute.share_activations` of the config.
    """
    size = 4 * network["channels"] * math.prod(network["map"]) / 1e6  # float32
    return network["head_alone"] and network["prefix"] == 0 and size <= most


def read(path: str | Path) -> Network:
    """The facts in a network's file, but for the names of its classes. **Raises:** `InputError` if it is damaged."""
    found = files.read_json(path, Network.__required_keys__)
    return cast(Network, {key: value for key, value in found.items() if key != "class_names"})


def class_names(path: str | Path) -> tuple[str, list[str] | None]:
    """A network's name, and the names that it has itself for its classes. **Raises:** as `read` does."""
    found = files.read_json(path, ["network", "class_names"])
    return found["network"], found["class_names"]
