"""What captions say of networks: images, layers, weights and preprocessing."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ..images.sizes import ROUNDED, in_words
from ..store.network import Network
from .hits import shares


def networks(
    frame: pl.DataFrame, titles: Mapping[str, str], described: Mapping[str, Network], attends: bool
) -> Iterator[str]:
    """Images of each network, its top-1 where there are labels, its target layer, and whether it is trained."""
    top1 = {name: f", top-1 {100 * share:.1f} %" for name, share in shares(frame).items()}
    images = dict(frame.group_by("network").agg(pl.col("image").n_unique()).iter_rows())
    for name, title in titles.items():
        network = described[name]
        words = [
            f"{images[name]} images{top1.get(name, '')}",
            f"layer {network['layer']}{_layout(network)}",
            *[f"attention of {_rows(network['queries'])}"] * attends,
            *["random weights"] * network["random"],
            *["probabilities by sigmoid"] * (network["score"] == "sigmoid"),
        ]
        yield f"{title}: {', '.join(words)}"


def _layout(network: Network) -> str:
    """How the output of the target layer was read, where it is no map of channels first."""
    height, width = network["map"]
    tokens = f" (tokens {network['prefix']} + {height} x {width})"
    return {"tokens": tokens, "nhwc": " (channels last)"}.get(network["layout"], "")


def _rows(queries: str) -> str:
    """Whose attention methods take; `queries` is that of a network's facts."""
    said = {"class": "the class token", "all": "all tokens, averaged"}
    return said.get(queries, f"tokens {queries.removeprefix('prefix ')}, averaged")


def weights(titles: Mapping[str, str], described: Mapping[str, Network]) -> Iterator[str]:
    """Where weights come from, of networks whose repository or checkpoint holds several."""
    found: dict[str, list[str]] = {}
    for name, title in titles.items():
        network = described[name]
        commit = [f"commit {network['revision']}"] if network["revision"] else []
        place = [f"those under {network['checkpoint']}"] if network["checkpoint"] else []
        if commit or place:
            found.setdefault(", ".join([network["weights"], *commit, *place]), []).append(title)
    for said, whose in found.items():
        yield f"Weights of {'; '.join(whose)}: {said}."


def preprocessing(titles: Mapping[str, str], described: Mapping[str, Network]) -> Iterator[str]:
    """One sentence per way in which images were made inputs, and one per network that was trained with another."""
    used: dict[str, list[str]] = {}
    for name, title in titles.items():
        block = described[name]["preprocessing"]
        said = f"{in_words(block)}, mean {_numbers(block['mean'])}, std {_numbers(block['std'])}"
        used.setdefault(said, []).append(title)
    for said, whose in used.items():
        yield f"Preprocessing{' of ' + '; '.join(whose) if len(used) > 1 else ''}: {said}."
    for name, title in titles.items():
        theirs, block = described[name]["own_preprocessing"], ROUNDED | described[name]["preprocessing"]
        own = ROUNDED | theirs if theirs else {}
        if other := [
            key for key, value in own.items() if value is not None and _numbers(value) != _numbers(block[key])
        ]:
            differences = ", ".join(f"{key} {_numbers(block[key])}, not {_numbers(own[key])}" for key in other)
            yield f"The preprocessing of {title} is not its own: {differences}."


def _numbers(value: Any) -> str:
    return " ".join(f"{number:g}" for number in value) if isinstance(value, list | tuple) else str(value)
