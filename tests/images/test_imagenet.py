"""The ImageNet validation set in its two layouts."""

import pytest
from projects import make_devkit
from torchvision.datasets import ImageFolder

from cambench.errors import InputError
from cambench.images import sources

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


def synset_folders(root, each=1, synsets=1000):
    for n in range(synsets):
        place = root / "val" / f"n{n:08d}"
        place.mkdir(parents=True)
        for number in range(each):
            (place / f"ILSVRC2012_val_{1000 * number + 1000 - n:08d}.JPEG").touch()
    return {"kind": "imagenet", "path": str(root), "glob": "**/*"}


def test_imagenet_in_torchvisions_layout(tmp_path):
    dataset = synset_folders(tmp_path)
    found = sources.find(dataset)
    assert [item.label for item in found] == list(range(1000))
    assert [item.label for item in found] == ImageFolder(str(tmp_path / "val")).targets
    (tmp_path / "val" / "n00000000" / "ILSVRC2012_val_00001000.JPEG").unlink()
    with pytest.raises(InputError, match="sub-folder n00000000 holds no files"):
        sources.find(dataset)
    (tmp_path / "val" / "n00000000").rmdir()
    with pytest.raises(InputError, match=r"has 999 synset folders, not 1000; name the development kit"):
        sources.find(dataset)


@pytest.mark.parametrize("kit", [True, False])
def test_the_work_grows_with_the_images_and_no_faster(tmp_path, kit, calls):
    """Counted are calls of functions, Python's and C's, and not seconds."""

    def work(each):
        folder = tmp_path / str(each)
        dataset = synset_folders(folder, each)
        if kit:
            synsets = [f"n{n:08d}" for n in range(1000)]
            dataset["devkit"] = str(make_devkit(folder, synsets, list(range(1000, 0, -1)) * each))
        found = []
        counted = calls(lambda: found.extend(sources.find(dataset)))
        assert len(found) == 1000 * each
        return counted

    work(1)  # imports are counted with the first call
    few, many = work(2), work(8)
    assert many < 4.5 * few


@pytest.mark.parametrize("name", ["meta.mat", "ILSVRC2012_validation_ground_truth.txt"])
def test_a_development_kit_that_cannot_be_read(tmp_path, name):
    (tmp_path / "val").mkdir()
    (tmp_path / "val" / "ILSVRC2012_val_00000001.JPEG").touch()
    kit = make_devkit(tmp_path, SYNSETS, [1])
    dataset = {"kind": "imagenet", "path": str(tmp_path), "devkit": str(kit), "glob": "**/*"}
    for text in ("", "0 9\n", "one\n", "\ufffd" * 500):
        (kit / "data" / name).write_text(text)
        if text or name == "meta.mat":  # no images are listed by an empty truth
            with pytest.raises(InputError, match=f"^dataset: devkit: .*{name}: "):
                sources.find(dataset)
    (kit / "data" / name).unlink()
    with pytest.raises(InputError, match=f"{name} is not there"):
        sources.find(dataset)
