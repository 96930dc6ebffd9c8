"""The summary's rows by target layer."""

import polars as pl

from cambench.results import layers

LAYERS = {"v-b": ["v", "ViT", "b"], "v-a": ["v", "ViT", "a"], "w-c": ["w", "W", "c"]}
SUMMARY = pl.DataFrame(
    {
        "network": ["v-b", "v-b", "v-a", "v-a", "plain", "w-c", "w-c"],
        "method": ["y", "x", "y", "x", "x", "y", "x"],
        "images": 9,
        "adcc": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    }
)


def test_layers_stand_below_their_method_in_the_order_of_the_list():
    found = layers.by_layer(SUMMARY, LAYERS)
    assert found.columns == ["network", "method", "layer", "entry", "images", "adcc"]
    assert found.drop("images").rows() == [
        ("v", "y", "b", "v-b", 0.1),
        ("v", "y", "a", "v-a", 0.3),
        ("v", "x", "b", "v-b", 0.2),
        ("v", "x", "a", "v-a", 0.4),
        ("w", "y", "c", "w-c", 0.6),
        ("w", "x", "c", "w-c", 0.7),
    ]


def test_titles():
    assert layers.titles(LAYERS) == {"v": "ViT", "w": "W"}
