"""The table and the caption by target layer."""

import polars as pl

from cambench.report import captions, formats, tables
from cambench.report.formats import BEST, PLAIN

TABLE = pl.DataFrame(
    {
        "network": ["v"] * 4 + ["w"],
        "method": ["x", "x", "y", "y", "x"],
        "layer": ["b", "a|c", "b", "a|c", "b"],
        "entry": ["v-b", "v-0", "v-b", "v-0", "w-b"],
        "complexity": [0.2, 0.1, 0.3, 0.3 - 1e-6, 0.9],
        "adcc": [0.5, None, 0.5, 0.6, 0.9],
    }
)


def test_the_best_of_a_methods_layers_is_marked():
    view = tables.layers(TABLE, {"v": "ViT"}, {"x": "X"}, "text")
    assert view.rows == [
        ("ViT", "X", "b"),
        ("ViT", "X", "a|c"),
        ("ViT", "y", "b"),
        ("ViT", "y", "a|c"),
        ("w", "X", "b"),
    ]
    assert view.cells["Complexity ↓"] == ["20.00", "10.00", "30.00", "30.00", "90.00"]
    assert view.marks["Complexity ↓"] == [PLAIN, BEST, PLAIN, PLAIN, PLAIN]  # nothing where no difference is seen
    assert view.cells["ADCC ↑"] == ["50.00", "–", "50.00", "60.00", "90.00"]
    assert view.marks["ADCC ↑"] == [PLAIN, PLAIN, PLAIN, BEST, PLAIN]


def test_names_of_layers_are_escaped():
    found = formats.render(tables.layers(TABLE, {}, {}, "text"))
    assert r"a\|c" in found["md"]
    assert "\\label{tab:layers}" in found["tex"]
    assert found["md"].splitlines()[0].split("|")[1:4] == [" Network   ", " Method   ", " Layer   "]


def test_the_caption_says_where_the_intervals_are():
    said = captions.of_layers("Means. 95 % intervals are in summary.csv.")
    assert said.startswith("Each metric by target layer")
    assert said.endswith("Means. 95 % intervals are in layers.csv.")
    assert "layers" in captions.of_figures([])
