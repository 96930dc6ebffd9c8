"""What planning makes of several target layers of one network."""

import json

import pytest

NET = {"factory": "tiny:Tiny", "preprocessing": {"resize": 40, "crop": 32}}


@pytest.fixture
def layered(planned):
    return planned(networks={"net": {**NET, "title": "Net", "layers": ["norm", "relu"]}, "other": NET})


def test_tables_and_figures_by_layer(layered, planned):
    assert layered.run.layers == {"net-norm": ["net", "Net", "norm"], "net-relu": ["net", "Net", "relu"]}
    tables = [path for path in layered.files.tables if "/layers." in path]
    assert tables == [f"results/test/tables/layers.{kind}" for kind in ("csv", "md", "tex", "html")]
    assert "results/test/figures/layers.svg" in layered.files.figures


def test_there_are_none_where_each_network_has_one_layer(planned):
    files = planned(networks={"net": {**NET, "layer": "norm"}}).files
    assert not [path for path in [*files.tables, *files.figures] if "/layers." in path]


def test_an_entry_is_made_as_a_network_of_that_layer_is(layered, planned):
    """Neither its title nor the network that it belongs to decides a map."""
    alone = planned(networks={"net": {**NET, "layer": "norm"}})
    entry, block = layered.settings.of_network("net-norm"), alone.settings.of_network("net")
    assert json.dumps(entry) == json.dumps(block)  # whose order Snakemake compares, too
    assert layered.settings.of_network("net-norm") != layered.settings.of_network("net-relu")


def test_entries_share_their_images(layered):
    assert len(layered.run.preprocessings) == 1
