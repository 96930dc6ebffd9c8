"""Defaults are filled in, and what does not fit the schema ends in one line per error."""

# ruff: noqa: E501 (tables of expected lines)

import copy

import pytest
import yaml
from conftest import ROOT

from cambench.config.read import resolve, typed
from cambench.errors import shown


def test_defaults_are_filled_in(good):
    full, errors = resolve(good, [])
    assert errors == []
    compute = {"device": "auto", "precision": "float32", "batch": 16, "threads": 1, "compile": False}
    assert full["compute"] == {**compute, "share_activations": 0.5}
    assert full["networks"]["tiny"]["preprocessing"]["mean"] == [0.485, 0.456, 0.406]
    assert full["networks"]["tiny"]["preprocessing"]["crop"] == 32
    assert full["methods"]["gradcam"]["settings"] == {}
    assert full["curves"]["insertion"] == {"start": "blur", "end": "image"}
    assert full["weights_folder"] is None
    assert "published" not in full["tables"]


def test_defaults_belong_to_one_configuration(good):
    before = copy.deepcopy(good)
    first, _ = resolve(good, [])
    first["networks"]["tiny"]["preprocessing"]["mean"].append(1)
    first["methods"]["gradcam"]["settings"]["a"] = 1
    second, _ = resolve(good, [])
    assert second["networks"]["tiny"]["preprocessing"]["mean"] == [0.485, 0.456, 0.406]
    assert second["methods"]["gradcam"]["settings"] == {}
    assert good == before


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("methds", {}, "config: unknown key 'methds'; did you mean 'methods'?"),
        ("dataset.labels", "none", "config: dataset: unknown key 'labels'; did you mean 'label'?"),
        ("run", None, "config: key 'run' is missing"),
        ("networks.tiny.factory", None, "config: networks.tiny: give one of 'name' (a torchvision network), 'timm', 'hf' and 'factory'"),
        ("run", "../up", "config: run: '../up' has characters that are not allowed here (^[A-Za-z0-9][A-Za-z0-9._+-]*$)"),
        ("compute", {"batch": 0}, "config: compute.batch: 0 is less than the minimum of 1"),
        ("compute", {"precision": "float8"}, "config: compute.precision: 'float8' is not one of ['float32', 'tf32', 'bfloat16']"),
        ("tables", {"resamples": "many"}, "config: tables.resamples: 'many' is not of type 'integer'"),
        ("compute", 16, "config: compute: 16 is not of type 'object'"),
        ("methods.x", {"settings": {}}, "config: methods.x: key 'cam' is missing"),
        ("run", 2024, "config: run: 2024 is not of type 'string'; put it in quotes"),
        ("run", "x\n", r"config: run: 'x\n' has characters that are not allowed here (^[A-Za-z0-9][A-Za-z0-9._+-]*$)"),
        ("run", "x" * 243, f"config: run: '{'x' * 49}...{'x' * 49}' has more than 100 characters"),
        ("compute", {"batch": 16.0}, "config: compute.batch: 16.0 is not of type 'integer'"),
        ("compute", {"batch": True}, "config: compute.batch: True is not of type 'integer'"),
        ("compute", ["x"] * 99, f"config: compute: {str(['x'] * 99)[:50]}...{str(['x'] * 99)[-50:]} is not of type 'object'"),
        ("methods.gradcam.settings", {"k": {"a": 1}}, "config: methods.gradcam.settings.k: {'a': 1} is not of type 'string', 'number', 'boolean', 'array'"),
        ("networks.tiny.preprocessing.crop", [32], "config: networks.tiny.preprocessing.crop: [32] is too short"),
        ("networks.tiny.preprocessing.crop", [32, 0], "config: networks.tiny.preprocessing.crop.1: 0 is less than the minimum of 1"),
        ("networks.tiny.preprocessing.resize", "40x32", "config: networks.tiny.preprocessing.resize: '40x32' is not of type 'integer', 'array'"),
        ("c" * 243, {}, f"config: unknown key '{'c' * 49}...{'c' * 49}'"),
    ],
)  # fmt: skip
def test_one_line_per_error(changed, path, value, line):
    assert resolve(changed(path, value), [])[1] == [line]


def test_several_errors_are_told_at_once(changed):
    bad = changed("compute", {"batch": 0})
    assert len(resolve({**bad, "colour": 1}, [])[1]) == 2


def test_an_earlier_name_is_refused_with_the_new_one(good):
    old = {**good, "models": good["networks"]}
    del old["networks"]
    assert resolve(old, [])[1] == ["config: 'models' is now 'networks'"]
    assert resolve({**good, "models": {}}, [])[1] == ["config: 'models' is now 'networks'"]
    old = {**good, "methods": {"x": {"method": "gradcam"}, "y": {"method": "cam", "cam": "cam"}}}
    assert resolve(old, [])[1] == [f"config: methods.{label}: 'method' is now 'cam'" for label in "xy"]
    assert resolve({**old, "models": good["networks"]}, [])[1][0] == "config: 'models' is now 'networks'"


def test_other_errors_of_a_block_with_an_earlier_name_are_told_too(good):
    old = {**good, "models": {"tiny": {"factory": "tiny:Tiny", "sed": 1}}}
    del old["networks"]
    lines = ["config: 'models' is now 'networks'", "config: networks.tiny: unknown key 'sed'; did you mean 'seed'?"]
    assert resolve(old, [])[1] == lines


def test_null_takes_a_key_away(changed):
    full, errors = resolve({**changed("methods.x", {"cam": "none"}), "curves": None}, [], look=False)
    assert errors == []
    assert full["curves"]["enabled"]
    bad = changed("methods.gradcam", {"cam": "gradcam", "title": "Grad-CAM"})
    bad["methods"]["gradcam"]["title"] = None
    assert "title" not in resolve(bad, [])[0]["methods"]["gradcam"]
    bad["methods"]["gradcam"] = {"cam": "scorecam", "settings": {"score": None}}
    full, errors = resolve(bad, [])
    assert errors == []
    assert full["methods"]["gradcam"]["settings"] == {}
    assert resolve({**bad, "networks": None}, [])[1] == ["config: key 'networks' is missing"]
    assert resolve({**bad, "colour": None}, [])[1] == ["config: unknown key 'colour'"]


def test_null_is_a_value_where_the_schema_says_so(changed, tmp_path):
    full, errors = resolve(changed("dataset.images", 3) | {"weights_folder": None}, [], look=False)
    assert errors == []
    assert full["weights_folder"] is None
    arguments = {"pretrained": None, "deep": {"of": None, "list": [None, {"k": None}]}}
    full, errors = resolve(changed("networks.tiny.arguments", arguments), [])
    assert errors == []
    assert full["networks"]["tiny"]["arguments"] == arguments
    assert full["networks"]["tiny"]["arguments"] is not arguments


def test_a_local_folder_stands_in_for_torchvisions_weights(changed, tmp_path):
    block = {"name": "resnet18", "weights": "IMAGENET1K_V1"}
    config = {**changed("networks.tiny", block), "weights_folder": str(tmp_path)}
    missing = f"config: networks.tiny: weights_folder: {tmp_path} holds 0 files resnet18-DIGEST.pth"
    assert resolve(config, [])[1] == [missing]
    (tmp_path / "resnet18-f37072fd.pth").touch()
    full, errors = resolve(config, [])
    assert errors == []
    assert full["networks"]["tiny"]["weights"] == f"{tmp_path}/resnet18-f37072fd.pth"


def test_text_of_the_command_line_is_typed():
    given = {"a": "null", "b": ["1", "2.5", "True"], "c": "v1", "d": "2024-01-01", "e": 3}
    assert typed(given) == {"a": None, "b": [1, 2.5, True], "c": "v1", "d": "2024-01-01", "e": 3}
    assert typed({"a": "True", "b": {"c": "null", "d": ["-0.5e-3"]}}) == {"a": True, "b": {"c": None, "d": [-0.0005]}}
    assert typed({"seed": "9" * 5000}) == {"seed": "9" * 5000}  # which Python would not read


def test_a_number_in_quotes_in_a_file_stays_text(good):
    good["methods"]["gradcam"]["title"] = "2019"
    good["networks"]["tiny"]["arguments"] = {"version": "1"}
    full, errors = resolve(good, [], look=False)
    assert errors == []
    assert full["methods"]["gradcam"]["title"] == "2019"
    assert full["networks"]["tiny"]["arguments"] == {"version": "1"}


@pytest.mark.parametrize("file", ["config.yaml", "lite.yaml", "poppi2021.yaml", "imagenet.yaml", "methods.yaml"])
def test_the_configurations_that_come_along_fit(file):
    config = yaml.safe_load((ROOT / "config" / file).read_text())
    assert resolve(config, [str(ROOT / "config" / file)], look=False)[1] == []


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "a b", "a;b", "$(x)", "", ".hidden", "-n", "a" * 101])
@pytest.mark.parametrize("place", ["run", "networks", "methods"])
def test_names_that_become_paths_are_checked(good, place, name):
    bad = {**good, place: name if place == "run" else {name: next(iter(good[place].values()))}}
    errors = resolve(bad, [], look=False)[1]
    assert len(errors) == 1
    assert shown(name) in errors[0]


@pytest.mark.parametrize("place", ["networks", "methods"])
def test_names_of_a_hundred_characters_fit(good, place):
    assert resolve({**good, place: {"a" * 100: next(iter(good[place].values()))}}, [])[1] == []


@pytest.mark.parametrize(
    "factory", ["tiny:Tiny\n", "os.system('x')", "os:system('x')", "lambda: 0", "../tiny:Tiny", "tiny"]
)
def test_a_factory_is_a_name_and_no_expression(good, factory):
    bad = {**good, "networks": {"mine": {"factory": factory}}}
    assert any("networks.mine.factory" in line for line in resolve(bad, [], look=False)[1])


def test_the_page_and_the_schema_say_that_a_factory_is_code():
    assert "Its code is run: name only code that you trust" in (ROOT / "config/README.md").read_text()
    schema = yaml.safe_load((ROOT / "workflow/cambench/config/schema.yaml").read_text())
    network = schema["properties"]["networks"]["additionalProperties"]["properties"]
    assert "Its code is run" in network["factory"]["description"]
