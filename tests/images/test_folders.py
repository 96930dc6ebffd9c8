"""Labels of folders are torchvision's, those of names are what the pattern says."""

import pytest
from projects import make_images
from torchvision.datasets import ImageFolder

from cambench.errors import InputError
from cambench.images import folders, sources
from cambench.images.found import Found


def folder(path, **changes):
    return {"kind": "folder", "path": str(path), "glob": "**/*", "label": "none", **changes}


def labels(path, **changes):
    return {item.path: item.label for item in sources.find(folder(path, label="folder", **changes)) if not item.reason}


def torchvisions(path):
    return {file.removeprefix(f"{path}/"): label for file, label in ImageFolder(str(path)).samples}


@pytest.fixture
def classes(tmp_path):
    """Class folders in an odd order of names, one of them linked, one with deep folders."""
    (tmp_path / "data").mkdir()
    for name in ("b", "B", "10", "9", "é", "c d"):
        make_images(tmp_path / "data" / name, range(2))
    make_images(tmp_path / "elsewhere", range(3))
    make_images(tmp_path / "elsewhere" / "inner", range(1))
    (tmp_path / "data" / "a-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "stray.txt").touch()
    return tmp_path / "data"


def test_ranks_are_those_of_torchvision(classes):
    expected = torchvisions(classes)
    assert len(set(expected.values())) == 7
    assert labels(classes) == expected
    assert Found("stray.txt", -1, "not in a sub-folder that names its class") in folders.by_rank(classes, "**/*")


@pytest.mark.parametrize("glob", ["[bé]/*", "*/*_1.png", "**/inner/*"])
def test_a_glob_leaves_the_ranks_as_they_are(classes, glob):
    found, every = labels(classes, glob=glob), torchvisions(classes)
    assert 0 < len(found) < len(every)
    assert found == {path: every[path] for path in found}


@pytest.mark.parametrize("inside", ["", "inner"])
def test_an_empty_class_folder_is_refused_as_by_torchvision(classes, inside):
    (classes / "0" / inside).mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        ImageFolder(str(classes))
    with pytest.raises(InputError, match=r"sub-folder 0 holds no files; torchvision's ImageFolder refuses it, too$"):
        labels(classes)


def test_a_hidden_class_folder_is_refused(classes):
    make_images(classes / ".cache", range(1))
    assert ImageFolder(str(classes)).classes[0] == ".cache"
    with pytest.raises(InputError, match=r"sub-folder \.cache is hidden, but torchvision's ImageFolder would count it"):
        labels(classes)


def test_a_class_whose_name_is_escaped_is_not_taken_for_another(classes):
    make_images(classes / "x\ny", range(1))
    make_images(classes / r"x\ny", range(1))
    expected = torchvisions(classes)
    found = sources.find(folder(classes, label="folder"))
    by_label = {item.label for item in found if item.path.startswith("x") and not item.reason}
    assert by_label == {expected[r"x\ny/000_0.png"]}


def test_a_runs_own_folders_are_no_classes(classes, monkeypatch):
    expected = labels(classes)
    monkeypatch.chdir(classes)
    make_images(classes / "results", range(1))
    (classes / ".snakemake").mkdir()
    assert labels(".") == expected


def test_labels_of_folders_and_patterns(tmp_path, noise, built):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        noise().save(tmp_path / name / "a_7.png")
    noise().save(tmp_path / "stray.png")
    good, rejected = built(path=str(tmp_path), label="folder")
    assert good["label"].to_list() == [0, 1]
    assert rejected["path"].to_list() == ["stray.png"]
    good, rejected = built(path=str(tmp_path), label="pattern", pattern=r"_(?P<label>\d)")
    assert good["label"].to_list() == [7, 7]
    assert rejected["reason"].to_list() == ["name does not match the label pattern"]
    assert built(path=str(tmp_path))[0]["label"].to_list() == [-1] * 3


def test_a_label_that_is_optional_in_its_pattern_or_no_number(tmp_path):
    make_images(tmp_path, [4])
    dataset = folder(tmp_path, label="pattern", pattern=r"x?(?P<label>x)?")
    assert sources.find(dataset) == [Found("004_0.png", -1, "name does not match the label pattern")]
    with pytest.raises(InputError, match=r"^dataset: label of 004_0\.png must be a whole number, not 'png'$"):
        sources.find({**dataset, "pattern": r"\.(?P<label>.*)"})
    (tmp_path / "005_-1.png").touch()
    with pytest.raises(InputError, match=r"^dataset: label of 005_-1\.png must be at least 0 and under 2\^63, not -1$"):
        sources.find({**dataset, "pattern": r"_(?P<label>-?\d)"})
