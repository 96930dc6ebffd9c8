"""What the schema cannot say ends in one line per error, before any work."""

# ruff: noqa: E501 (tables of expected lines)

import os

import numpy as np
import pytest
import zarr

from cambench import methods
from cambench.config import checks
from cambench.config.read import resolve
from cambench.images import sources


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("methods.x", {"cam": "gradcm"}, "config: methods.x: no method 'gradcm'; did you mean 'gradcam'?"),
        ("methods.x", {"cam": "scorecam", "settings": {"k": 1}}, "config: methods.x: scorecam has no setting 'k'; it has score, variant, flips, noise, copies, layers, fuse"),
        ("methods.x", {"cam": "gradcam", "settings": {"k": 1}}, "config: methods.x: gradcam has no setting 'k'; it has flips, noise, copies, layers, fuse"),
        ("methods.GradCAM", {"cam": "gradcam"}, "config: methods.gradcam and methods.GradCAM have the same name (upper and lower case do not count); rename one"),
        ("methods.tiny", {"cam": "gradcam"}, "config: networks.tiny and methods.tiny have the same name (upper and lower case do not count); rename one"),
        ("methods.Logs", {"cam": "gradcam"}, "config: methods.Logs: the name is taken by the folder of logs; rename it"),
        ("networks", {"logs": {"name": "resnet18"}}, "config: networks.logs: the name is taken by the folder of logs; rename it"),
        ("methods.x", {"cam": "x" * 500}, f"config: methods.x: no method '{'x' * 49}...{'x' * 49}'"),
        ("networks.tiny.weights", "none.pth", "config: networks.tiny: weights: none.pth: no such file or folder"),
        ("networks.tiny.sha256", "0" * 64, "config: networks.tiny: sha256 is given, but weights are not a file"),
        ("networks.tiny.layout", "nhwc", "config: networks.tiny: layout is given, but no layer: name the layer whose output it describes"),
        ("networks.tiny.tokens", {"prefix": 1, "grid": [4, 4]}, "config: networks.tiny: tokens is given, but no layer: name the layer whose output it describes"),
        ("networks.tiny", {"name": "vit_b_16", "layer": "encoder.ln", "layout": "nhwc", "tokens": {"prefix": 1, "grid": [4, 4]}}, "config: networks.tiny: layout and tokens are given; give tokens for an output (n, T, K), layout for one of four dimensions"),
        ("networks.tiny.layout", "nwhc", "config: networks.tiny.layout: 'nwhc' is not one of ['nchw', 'nhwc']"),
        ("networks.tiny.tokens", {"prefix": 1}, "config: networks.tiny.tokens: key 'grid' is missing"),
        ("networks.tiny.preprocessing.crop", 64, "config: networks.tiny: crop is larger than resize"),
        ("networks.tiny.preprocessing.crop", [24, 40], "config: networks.tiny: crop is larger than resize"),
        ("networks.tiny.preprocessing.resize", [40, 24], "config: networks.tiny: crop is larger than resize"),
        ("networks.tiny.preprocessing", "theirs", "config: networks.tiny.preprocessing: 'theirs' is not one of ['own', 'imagenet']"),
        ("networks.tiny.weights", "checkpoint", "config: networks.tiny: weights: 'checkpoint' is no file, and a factory has no weights by name; of a file write ./NAME"),
        ("networks.tiny.weights", "IMAGENET1K_V1", "config: networks.tiny: weights: 'IMAGENET1K_V1' is no file, and a factory has no weights by name; of a file write ./NAME"),
        ("networks.tiny.weights", "./", "config: networks.tiny: weights: ./ is a folder"),
        ("networks.tiny", {"name": "resnet18", "arguments": {"pretrained": True}}, "config: networks.tiny: arguments: pretrained: name the weights beside the arguments, as weights"),
        ("weights_folder", "nowhere", "config: weights_folder: nowhere: no such file or folder"),
        ("weights_folder", __file__, f"config: weights_folder: {__file__} is no folder"),
        ("dataset.path", "package:nothing/at/all", "config: dataset: package:nothing/at/all: package nothing is not installed"),
        ("networks.tiny.classes_file", "none.txt", "config: networks.tiny: classes_file: none.txt: no such file or folder"),
        ("networks.tiny.classes_file", ".", "config: networks.tiny: classes_file: .: Is a directory"),
        ("dataset.path", "nowhere", "config: dataset: nowhere: no such file or folder"),
        ("dataset.pattern", r"_(\d)", "config: dataset: pattern needs a group (?P<label>...)"),
        ("dataset.pattern", "(?P<label>", "config: dataset: pattern: missing ), unterminated subpattern at position 0"),
        ("dataset.pattern", "(?P<label>a{99999999999})", "config: dataset: pattern: the repetition number is too large"),
        ("dataset.label", "none", "config: dataset: pattern is given, but label is none: set label: pattern, or pattern: null"),
        ("dataset.kind", "manifest", "config: dataset: label: pattern goes with kind: folder; a list has a column 'label'"),
        ("dataset.glob", "../*", "config: dataset: glob '../*' leads out of the folder"),
        ("dataset.pattern", r"(?P<label>[a-z])", "config: dataset: label of 000_0.png must be a whole number, not 'p'"),
        ("tables", {"published": "none.csv"}, "config: tables.published: none.csv: no such file, neither in the working folder nor in cambench"),
    ],
)  # fmt: skip
def test_one_line_per_error(changed, path, value, line):
    assert resolve(changed(path, value), [])[1] == [line]


def test_several_labels_go_with_sigmoid_and_the_predicted_class(good, tmp_path):
    several = "photos/000_0.png,1 2\nphotos/001_1.png,0 4\ngone.png,1 2\n"
    (tmp_path / "list.csv").write_text(f"path,labels\n{several}")
    good["dataset"] = {"kind": "manifest", "path": str(tmp_path / "list.csv")}
    softmax = "config: networks.tiny: score: softmax goes with one label per image, but 2 have several"
    assert resolve(good, [])[1] == [softmax]
    good["networks"]["tiny"]["score"] = "sigmoid"
    assert resolve(good, [])[1] == []
    good["target"] = "label"
    target = "nothing says which label of 2 images, which have several; take target: predicted, or give one label each"
    assert resolve(good, [])[1] == [f"config: target: label: {target}"]


@pytest.mark.parametrize(
    ("cam", "settings", "line"),
    [
        ("centre", {"sigma": "a"}, "centre: sigma must be a finite number, not 'a'"),
        ("centre", {"sigma": True}, "centre: sigma must be a finite number, not True"),
        ("centre", {"sigma": 0}, "centre: sigma must be above 0, not 0"),
        ("random", {"seed": True}, "random: seed must be a whole number, not True"),
        ("random", {"seed": -1}, "random: seed must be at least 0, not -1"),
        ("gradcampp", {"variant": "wang2021"}, "gradcampp: variant must be one of 'chattopadhay2018', 'official', 'poppi2021', not 'wang2021'"),
        ("scorecam", {"score": "Probability"}, "scorecam: score must be one of 'logit', 'probability', not 'Probability'; did you mean 'probability'?"),
        ("scorecam", {"variant": "poppi2012"}, "scorecam: variant must be one of 'wang2020', 'poppi2021', not 'poppi2012'; did you mean 'poppi2021'?"),
        ("smoothgradcampp", {"samples": 0}, "smoothgradcampp: samples must be at least 1, not 0"),
        ("smoothgradcampp", {"samples": 2.0}, "smoothgradcampp: samples must be a whole number, not 2.0"),
        ("smoothgradcampp", {"sigma": -0.1}, "smoothgradcampp: sigma must be above 0, not -0.1"),
        ("file", {"path": 3}, "file: path must be text, not 3"),
        ("degraded", {"cam": "gradcm"}, "cam: no method 'gradcm'; did you mean 'gradcam'?"),
        ("degraded", {"share": 2}, "degraded: share must be at most 1, not 2"),
        *(("degraded", {"cam": cam}, f"cam: the maps of '{cam}' cannot be changed: they are not the target layer's, or are another method's") for cam in ("rise", "degraded")),
    ],
)  # fmt: skip
def test_settings_of_methods(changed, cam, settings, line):
    bad = changed("methods.x", {"cam": cam, "settings": settings})
    assert resolve(bad, [])[1] == [f"config: methods.x: {line}"]


def test_whole_numbers_are_numbers(changed):
    assert resolve(changed("methods.x", {"cam": "centre", "settings": {"sigma": 1}}), [])[1] == []


def test_an_own_method_that_cannot_be_read(changed, tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    (tmp_path / "gradcam.py").write_text("def cam(batch):\n    return batch.\n")
    line = f"config: methods.gradcam: {tmp_path}/gradcam.py: line 2: invalid syntax"
    methods.facts.cache_clear()
    try:
        assert resolve(changed("run", "again"), [])[1] == [line]
    finally:
        methods.facts.cache_clear()


def test_empty_data_set(changed):
    bad = changed("dataset.glob", "*.bmp")
    assert resolve(bad, [])[1] == [f"config: dataset: {bad['dataset']['path']} holds no files that match '*.bmp'"]


def test_the_data_set_is_listed_once_per_start(good, tmp_path):
    full, errors = resolve(good, [])
    assert errors == []
    (tmp_path / "photos" / "late_9.png").touch()  # nobody looks into the folder again
    assert [item.path for item in sources.listing(full["dataset"])] == ["000_0.png", "001_1.png"]
    assert sources.largest_label(full["dataset"]) == 1
    assert len(sources.find(full["dataset"])) == 3


def test_precomputed_maps(tmp_path):
    maps = np.zeros((5, 3, 4), np.float32)
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "whole.npy", maps.astype(np.int64))
    np.save(tmp_path / "small.npy", maps[:, :2])
    zarr.create_group(tmp_path / "store.zarr").create_array("raw", data=maps)
    (tmp_path / "text.npy").write_text("maps")
    (tmp_path / "names.txt").write_text("\n".join(f"{number}.png" for number in range(5)))
    (tmp_path / "one.txt").write_text("a.png")

    def said(**settings):
        lines = checks.method("file", {key: str(tmp_path / name) for key, name in settings.items()})
        return [line.replace(f"{tmp_path}/", "") for line in lines]

    assert said(path="maps.npy", masked="store.zarr", names="names.txt") == []
    assert said() == ["setting 'path' names no maps"]
    assert said(masked="none.npy") == ["setting 'path' names no maps"]
    assert said(path="none.npy") == ["none.npy: no such file or folder"]
    assert said(path="text.npy") == ["text.npy: neither a .npy file nor a Zarr array (or a group with an array 'raw')"]
    assert said(path="whole.npy") == [
        "whole.npy: maps must be floats of shape (images, height, width), not int64 of shape (5, 3, 4)"
    ]
    assert said(path="maps.npy", masked="small.npy") == ["maps of shape (5, 3, 4), but masked maps of shape (5, 2, 4)"]
    assert said(path="maps.npy", names="none.txt") == ["names: none.txt: not a text file in UTF-8 that can be read"]
    assert said(path="maps.npy", names="one.txt") == ["names: one.txt: 1 names for 5 maps"]
    assert said(path="maps.npy", listed="x") == ["setting 'listed' is the workflow's own"]
    both = "settings 'names' and 'manifest': maps are found by name or by row; give one of them"
    assert said(path="maps.npy", names="names.txt", manifest="0" * 16) == [both]


def test_results_that_cannot_be_written(tmp_path):
    (tmp_path / "results").symlink_to("/proc/self")
    assert "results cannot be written there" in checks.results_error(str(tmp_path / "results" / "run"))
    assert checks.results_error(str(tmp_path / "new" / "run")) is None
    assert not (tmp_path / "new").exists()


def test_results_below_a_folder_that_may_not_be_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0o600)
    user = os.geteuid()
    if user == 0:  # whom no file mode binds
        os.seteuid(65534)
    try:
        said = checks.results_error("closed/results/run")
    finally:
        os.seteuid(user)
    assert said == "closed/results/run: results cannot be written there: Permission denied"
