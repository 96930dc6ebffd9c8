"""Each metric by target layer: the summary's rows of networks that were explained at several layers, by method."""

from collections.abc import Mapping, Sequence

import polars as pl


def by_layer(summary: pl.DataFrame, layers: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """One row per network, method and layer: layers in the order of the configuration's list, below their method.

    **Arguments:** `summary` as `summarise` makes it; `layers` of each entry of the summary that is one of several:
    name and title of its network, and the layer. **Returns:** network, method, layer, entry (the name that the layer
    has as a network in paths and in the other tables), and the summary's other columns; fractions, not percentages.
    """
    names = {
        "entry": list(layers),
        "of": [network for network, _, _ in layers.values()],
        "layer": [layer for *_, layer in layers.values()],
        "place": range(len(layers)),
    }
    table = summary.with_row_index("row").rename({"network": "entry"})
    table = table.join(pl.DataFrame(names), on="entry").with_columns(network="of")
    first = (pl.col(name).min().over(*whose) for name, whose in (("place", ["of"]), ("row", ["of", "method"])))
    return table.sort(*first, "place").select(
        "network", "method", "layer", "entry", pl.exclude("network", "method", "layer", "entry", "of", "place", "row")
    )


def titles(layers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Titles of the networks that were explained at several layers, by name."""
    return {network: title for network, title, _ in layers.values()}
