"""Images and labels are found in folders, lists and the ImageNet validation set."""

import os

import polars as pl
import pytest
from projects import make_devkit, make_images

from cambench.errors import InputError
from cambench.images import sources
from cambench.images.sources import Found


def folder(path, **changes):
    return {"kind": "folder", "path": str(path), "glob": "**/*", "label": "none", **changes}


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


def test_hidden_files_are_left_out(tmp_path):
    make_images(tmp_path, [1])
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.png").touch()
    (tmp_path / ".b.png").touch()
    assert sources.find(folder(tmp_path)) == [Found("001_1.png")]


def test_another_number_of_images_is_refused(tmp_path):
    make_images(tmp_path, range(3))
    assert len(sources.find(folder(tmp_path, images=3))) == 3
    with pytest.raises(InputError, match=r"holds 3 images, not 50,000; set dataset\.images to null to run on a part"):
        sources.find(folder(tmp_path, images=50000))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_listed_images(tmp_path, kind, built):
    make_images(tmp_path, range(2))
    paths = ["001_1.png", "000_0.png", "../secret.png", "/etc/passwd", "gone.png"]
    table = pl.DataFrame({"path": paths, "label": [3, 4, 0, 0, 0]})
    table.write_csv(tmp_path / "list.csv")
    table.write_parquet(tmp_path / "list.parquet")
    good, rejected = built(kind="manifest", path=str(tmp_path / f"list.{kind}"))
    assert good.select("path", "label").rows() == [("001_1.png", 3), ("000_0.png", 4)]
    outside = "path leads out of the folder of its list (see dataset.outside)"
    assert rejected["reason"].to_list() == [outside, outside, "missing"]


def test_lists_are_not_evaluated(tmp_path):
    (tmp_path / "list.csv").write_text("path,label\na.png,__import__('os')\n")
    with pytest.raises(InputError, match="column 'label' must hold whole numbers"):
        sources.find({"kind": "manifest", "path": str(tmp_path / "list.csv")})


def test_a_list_that_cannot_be_read(tmp_path):
    (tmp_path / "list.csv").write_text("file\na.png\n")
    (tmp_path / "list.parquet").write_text("no parquet")
    for name, reason in (("csv", "no column 'path'; columns are file"), ("parquet", "not a readable CSV or Parquet")):
        with pytest.raises(InputError, match=reason):
            sources.find({"kind": "manifest", "path": str(tmp_path / f"list.{name}")})


SYNSETS = ["n03", "n01", "n02"]  # in the order of their ILSVRC2012 ids, which is not the sorted one


@pytest.mark.parametrize("layout", ["flat", "synsets"])
def test_imagenet_by_its_development_kit(tmp_path, layout, noise, built):
    truth = [1, 3, 2, 1]
    kit = make_devkit(tmp_path, SYNSETS, truth)
    for n, synset in enumerate(truth, 1):
        place = tmp_path / "val" / (SYNSETS[synset - 1] if layout == "synsets" else ".")
        place.mkdir(parents=True, exist_ok=True)
        noise().save(place / f"ILSVRC2012_val_{n:08d}.JPEG", "JPEG")
    dataset = {"kind": "imagenet", "path": str(tmp_path), "devkit": str(kit), "glob": "**/*"}
    good, _ = built(**dataset)
    by_name = {row["path"].rpartition("/")[2][15:23]: row["label"] for row in good.iter_rows(named=True)}
    assert by_name == {"00000001": 2, "00000002": 1, "00000003": 0, "00000004": 2}
    if layout == "synsets":
        (kit / "data" / "ILSVRC2012_validation_ground_truth.txt").write_text("2\n3\n2\n1")
        with pytest.raises(InputError, match="do not match"):
            sources.find(dataset)


def test_imagenet_in_torchvisions_layout(tmp_path):
    for n in range(1000):
        place = tmp_path / "val" / f"n{n:08d}"
        place.mkdir(parents=True)
        (place / f"ILSVRC2012_val_{1000 - n:08d}.JPEG").touch()
    dataset = {"kind": "imagenet", "path": str(tmp_path), "glob": "**/*"}
    assert [item.label for item in sources.find(dataset)] == list(range(1000))
    (tmp_path / "val" / "n00000000" / "ILSVRC2012_val_00001000.JPEG").unlink()
    with pytest.raises(InputError, match="999 synset folders"):
        sources.find(dataset)


def test_the_largest_label_is_one_of_an_image_that_may_be_used(tmp_path):
    make_images(tmp_path, range(2))
    pl.DataFrame({"path": ["000_0.png", "gone.png"], "label": [3, 9]}).write_csv(tmp_path / "list.csv")
    assert sources.largest_label({"kind": "manifest", "path": str(tmp_path / "list.csv")}) == 3
    assert sources.largest_label(folder(tmp_path, glob="*.png")) == -1


def test_the_digest_follows_names_labels_sizes_and_times(tmp_path):
    make_images(tmp_path, range(2))

    def digest():
        sources._listing.cache_clear()  # as in another process
        return sources.digest(folder(tmp_path))

    first = digest()
    assert digest() == first
    os.utime(tmp_path / "000_0.png", ns=(1, 1))
    touched = digest()
    make_images(tmp_path, [5])
    grown = digest()
    (tmp_path / "000_0.png").rename(tmp_path / "000_1.png")
    assert len({first, touched, grown, digest()}) == 4
    assert sources.digest(folder(tmp_path, label="folder")) != digest()
