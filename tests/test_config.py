"""Bad input ends in one clear line per error."""

import copy

import pytest
import yaml
from conftest import make_images

from cambench import check, config


@pytest.fixture
def good(tmp_path):
    make_images(tmp_path / "photos", range(2))
    return {
        "run": "test",
        "dataset": {
            "kind": "folder",
            "path": str(tmp_path / "photos"),
            "label": "pattern",
            "pattern": r"_(?P<label>\d)",
        },
        "models": {"tiny": {"factory": "tiny:Tiny", "preprocessing": {"resize": 32, "crop": 32}}},
        "methods": {"gradcam": {"method": "gradcam"}},
    }


def changed(good, path, value):
    """The configuration with one value changed, or removed if it is None."""
    bad = copy.deepcopy(good)
    *parents, last = path.split(".")
    block = bad
    for key in parents:
        block = block[key]
    if value is None:
        del block[last]
    else:
        block[last] = value
    return bad


def test_defaults_are_filled_in(good):
    full, errors = config.resolve(good, [])
    assert errors == []
    assert full["compute"] == {"device": "auto", "precision": "float32", "batch": 16, "threads": 1, "compile": False}
    assert full["models"]["tiny"]["preprocessing"]["mean"] == [0.485, 0.456, 0.406]
    assert check.problems(full) == []


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("methds", {}, "config: unknown key 'methds'; did you mean 'methods'?"),
        ("dataset.labels", "none", "config: dataset: unknown key 'labels'; did you mean 'label'?"),
        ("run", None, "config: key 'run' is missing"),
        ("models.tiny.factory", None, "config: models.tiny: give either 'name' (a torchvision network) or 'factory'"),
        ("run", "../up", "config: run: '../up' has characters that are not allowed here (^[A-Za-z0-9][A-Za-z0-9._+-]*$)"),
        ("compute", {"batch": 0}, "config: compute.batch: 0 is less than the minimum of 1"),
        ("compute", {"precision": "float8"}, "config: compute.precision: 'float8' is not one of ['float32', 'tf32', 'bfloat16']"),
        ("tables", {"resamples": "many"}, "config: tables.resamples: 'many' is not of type 'integer'"),
        ("methods.x", {"method": "gradcm"}, "config: methods.x: no method 'gradcm'; did you mean 'gradcam'?"),
        ("methods.x", {"method": "scorecam", "settings": {"k": 1}}, "config: methods.x: scorecam has no setting 'k'; it has score, variant"),
        ("methods.x", {"method": "centre", "settings": {"sigma": "a"}}, "config: methods.x: sigma must be of type float, not 'a'"),
        ("methods.GradCAM", {"method": "gradcam"}, "config: two methods or models are called 'gradcam' (upper and lower case do not count)"),
        ("models.tiny.weights", "none.pth", "config: models.tiny: weights: none.pth: no such file or folder"),
        ("models.tiny.sha256", "0" * 64, "config: models.tiny: sha256 is given, but weights are not a file"),
        ("models.tiny.preprocessing.crop", 64, "config: models.tiny: crop is larger than resize"),
        ("dataset.path", "package:nothing/at/all", "config: dataset: package:nothing/at/all: package nothing is not installed"),
        ("dataset.path", "nowhere", "config: dataset: nowhere: no such file or folder"),
        ("dataset.pattern", r"_(\d)", "config: dataset: pattern needs a group (?P<label>...)"),
    ],
)  # fmt: skip
def test_one_line_an_error(good, path, value, line):
    assert config.resolve(changed(good, path, value), [])[1] == [line]


def test_several_errors_are_told_at_once(good):
    bad = changed(changed(good, "compute", {"batch": 0}), "colour", 1)
    assert len(config.resolve(bad, [])[1]) == 2


def test_empty_data_set(good):
    bad = changed(good, "dataset.glob", "*.bmp")
    assert config.resolve(bad, [])[1] == [
        f"config: dataset: {bad['dataset']['path']} holds no files that match '*.bmp'"
    ]


def test_a_key_given_twice(good, tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text("methods:\n  a: {method: gradcam}\n  a: {method: cam}\n")
    assert config.resolve(good, [str(file)])[1] == [f"config: {file}: 'a' is given 2 times"]
    assert yaml.safe_load(file.read_text())["methods"] == {"a": {"method": "cam"}}  # what YAML itself makes of it


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("models.tiny.layer", "layer4", "config: models: tiny: no layer 'layer4'; the last layers with a spatial output are stem, norm, relu"),
        ("models.tiny.classes", 10, "config: models: tiny: the network has 5 classes, the config says 10"),
        ("models.tiny.arguments", {"classes": 1}, "config: dataset: label 1 does not fit tiny: 1 classes"),
    ],
)  # fmt: skip
def test_what_only_the_network_knows(good, path, value, line):
    full, errors = config.resolve(changed(good, path, value), [])
    assert errors == []
    assert check.problems(full) == [line]


def test_a_method_that_a_network_cannot_do(good):
    bad = changed(good, "methods.cam", {"method": "cam"})
    bad["models"]["tiny"]["layer"] = "stem"
    full, _ = config.resolve(bad, [])
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert check.problems(full) == [f"config: methods.cam: cannot explain tiny: {reason}"]


def test_results_that_cannot_be_written(tmp_path):
    (tmp_path / "results").symlink_to("/proc/self")
    assert "results cannot be written there" in config.results_error(str(tmp_path / "results" / "run"))
    assert config.results_error(str(tmp_path / "new" / "run")) is None
    assert not (tmp_path / "new").exists()


def test_text_of_the_command_line_is_typed():
    given = {"a": "null", "b": ["1", "2.5", "True"], "c": "v1", "d": "2024-01-01", "e": 3}
    assert config.typed(given) == {"a": None, "b": [1, 2.5, True], "c": "v1", "d": "2024-01-01", "e": 3}
