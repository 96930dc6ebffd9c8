"""Several target layers of one network: each becomes an entry of its own, and mistakes name the user's block."""

import copy

import pytest

from cambench.config import layers
from cambench.config.preflight import answer
from cambench.config.read import resolve

LAYERS = ["norm", "relu"]


@pytest.fixture
def several(changed):
    """Resolve the good configuration with two layers and other changes of its network's block, or of the rest."""

    def change(rest=(), **block):
        config = changed("networks.tiny.layers", LAYERS)
        config["networks"]["tiny"] |= block
        config |= dict(rest)
        return resolve(config, [])

    return change


def test_each_layer_is_an_entry(several):
    full, errors = several(title="Tiny & Co", seed=3)
    assert errors == []
    plain = resolve({**full, "networks": {"tiny": {"factory": "tiny:Tiny", "seed": 3}}}, [])[0]["networks"]["tiny"]
    own = {**plain, "preprocessing": {**plain["preprocessing"], "resize": 32, "crop": 32}, "of": "tiny"}
    assert full["networks"] == {
        "tiny-norm": {**own, "layer": "norm", "title": "Tiny & Co, norm"},
        "tiny-relu": {**own, "layer": "relu", "title": "Tiny & Co, relu"},
    }
    blocks = list(full["networks"].values())
    assert blocks[0]["preprocessing"] is not blocks[1]["preprocessing"]  # one may be changed in place


def test_entries_stand_in_the_place_of_their_network(changed):
    config = changed("networks.a", {"factory": "tiny:Tiny"})
    config["networks"] |= {"b": {"factory": "tiny:Tiny", "layers": ["relu", "norm"]}, "c": {"factory": "tiny:Tiny"}}
    networks = resolve(config, [])[0]["networks"]
    assert list(networks) == ["tiny", "a", "b-relu", "b-norm", "c"]
    assert list(layers.blocks(networks)) == ["tiny", "a", "b", "c"]
    assert layers.compared(networks) == {"b-relu": ["b", "b", "relu"], "b-norm": ["b", "b", "norm"]}


def test_the_title_is_that_of_the_users_block(several):
    networks = several(title="Tiny, relu")[0]["networks"]
    assert layers.compared(networks)["tiny-relu"] == ["tiny", "Tiny, relu", "relu"]


@pytest.mark.parametrize(
    ("network", "layer", "name"),
    [
        ("vit", "blocks.8.norm1", "vit-blocks.8.norm1"),
        ("vit", "a/../b", "vit-"),
        ("vit", "größe", "vit-"),
        ("n" * 100, "x", f"{'n' * 91}-"),
        ("vit", "l" * 200, "vit-"),
    ],
)
def test_names_are_fit_for_paths(changed, network, layer, name):
    config = changed("networks", {network: {"factory": "tiny:Tiny", "layers": [layer, f"{layer}2"]}})
    full, errors = resolve(config, [])
    assert errors == []
    first, second = full["networks"]
    assert first.startswith(name)
    assert first != second
    assert len(first) <= 100
    again = {key: {"factory": "tiny:Tiny"} for key in full["networks"]}
    assert resolve({**config, "networks": again}, [])[1] == []  # they may be names


@pytest.mark.parametrize(
    ("block", "rest", "line"),
    [
        ({"layer": "norm"}, {}, "give either 'layer' or 'layers'"),
        ({"layers": ["a\n"]}, {}, r"'a\n' has characters that cannot be printed"),
        (
            {},
            {"methods": {"Tiny-norm": {"cam": "gradcam"}}},
            "the name tiny-norm is another network's or method's, too; rename one",
        ),
        ({"layers": ["norm", "Norm"]}, {}, "the name tiny-norm is another network's or method's, too; rename one"),
    ],
)
def test_what_does_not_fit(several, block, rest, line):
    assert several(rest, **block)[1][0] == f"config: networks.tiny: layers: {line}"


def test_a_name_or_title_that_another_network_has(changed):
    config = changed("networks.tiny.layers", LAYERS)
    other = {"factory": "tiny:Tiny"}
    place = "config: networks.tiny: layers:"
    named = {**config, "networks": {**config["networks"], "tiny-relu": other}}
    assert resolve(named, [])[1] == [f"{place} the name tiny-relu is another network's or method's, too; rename one"]
    titled = {**config, "networks": {**config["networks"], "x": {**other, "title": "tiny, relu"}}}
    assert resolve(titled, [])[1] == [f"{place} the title 'tiny, relu' is another network's, too; change one"]


@pytest.mark.parametrize("declared", [{"layout": "nchw"}, {"tokens": {"prefix": 1, "grid": [4, 4]}}])
def test_a_declared_layout_is_that_of_all(several, declared):
    full, errors = several(**declared)
    assert errors == []
    assert [declared.items() <= block.items() for block in full["networks"].values()] == [True, True]
    problems = answer(full["networks"], {}, largest_label=0)["problems"]
    assert len(problems) == (0 if "layout" in declared else 2)  # each is held against what its layer gives


@pytest.mark.parametrize("wrong", [[], "norm", [1], [""], ["norm", "norm"]])
def test_layers_are_a_list_of_paths(several, wrong):
    (line,) = several(layers=wrong)[1]
    assert line.startswith("config: networks.tiny.layers")


def test_the_internal_key_is_not_the_users(changed):
    assert resolve(changed("networks.tiny.of", "vit"), [])[1] == ["config: networks.tiny: unknown key 'of'"]


def test_errors_of_the_block_are_said_once_and_name_it(several):
    assert several(preprocessing={"resize": 30, "crop": 32})[1] == [
        "config: networks.tiny: crop is larger than resize",
    ]
    assert several(weights="./lost.pth")[1] == ["config: networks.tiny: weights: ./lost.pth: no such file or folder"]


def test_a_null_takes_layers_away(several):
    full, errors = several(layers=None)
    assert errors == []
    assert list(full["networks"]) == ["tiny"]


def test_the_given_speed_is_that_of_each_entry(several):
    estimate = {"passes_per_second": {"tiny": 100, "other": 5}}
    full = several({"estimate": estimate})[0]
    assert full["estimate"]["passes_per_second"] == {"other": 5, "tiny-norm": 100, "tiny-relu": 100}


def test_what_is_recorded_can_be_run_again(several):
    """Entries are one block again, with the user's title and speed, and resolve to what they were."""
    estimate = {"passes_per_second": {"tiny": 100, "other": 5}}
    more = {"other": {"factory": "tiny:Tiny", "layers": ["up"]}, "plain": {"factory": "tiny:Tiny", "layer": "relu"}}
    full = several({"estimate": estimate}, title="Tiny, relu")[0]
    full = resolve({**layers.written(full), "networks": {**layers.written(full)["networks"], **more}}, [])[0]
    before = copy.deepcopy(full)
    written = layers.written(full)
    assert full == before
    assert list(written["networks"]) == ["tiny", "other", "plain"]
    assert written["networks"]["tiny"]["layers"] == LAYERS
    assert written["networks"]["tiny"]["title"] == "Tiny, relu"
    assert written["estimate"]["passes_per_second"] == {"tiny": 100, "other": 5}
    assert resolve(written, []) == (full, [])


def test_a_record_names_no_folder_of_weights_in_a_block(changed, tmp_path):
    config = changed("networks", {"net": {"hf": "a/b", "layers": LAYERS}, "timm": {"timm": "resnet18"}})
    full, errors = resolve({**config, "weights_folder": str(tmp_path)}, [])
    assert errors == []
    assert all("weights_folder" in block for block in full["networks"].values())
    assert resolve(layers.written(full), []) == (full, [])


def test_trying_an_entry_names_the_users_block_and_the_layer(several):
    networks = several(layers=["norm", "stem", "up"])[0]["networks"]
    found = answer(networks, {"x": {"cam": "cam"}}, largest_label=0)
    assert list(found["trials"]) == list(networks)
    assert len(found["problems"]) == 3
    method, first, none = found["problems"]
    assert method.startswith("config: methods.x: cannot explain tiny at layer norm: ")
    assert first.startswith("config: networks.tiny: layer 'stem' is the first one")
    assert none.startswith("config: networks.tiny: no layer 'up'")


def test_what_is_wrong_with_the_whole_network_is_said_once(several):
    networks = several(factory="nets:Wrapping", arguments={"kind": "none"})[0]["networks"]
    assert len(answer(networks, {}, largest_label=0)["problems"]) == 1
