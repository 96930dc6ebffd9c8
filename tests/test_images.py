"""Finding, checking and decoding images, against torchvision and Pillow."""

import hashlib
import io
import struct
import zlib

import numpy as np
import polars as pl
import pytest
from conftest import make_devkit, make_images
from PIL import Image
from torchvision import transforms

from cambench import datasets, images, manifest
from cambench.errors import InputError
from cambench.runtime import gathered

FOLDER = {"kind": "folder", "glob": "**/*", "label": "none", "min_side": 16}


def built(dataset, earlier=None):
    limits = dataset.get("min_side", 16), dataset.get("max_pixels", 1_000_000)
    return manifest.build(datasets.find(dataset), datasets.root(dataset), earlier, *limits)


def noise(width=40, height=48, mode="RGB"):
    bands = len(Image.new(mode, (1, 1)).getbands())
    data = np.random.default_rng(0).integers(0, 255, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(data.squeeze() if bands == 1 else data, mode if mode != "RGB" else None)


@pytest.fixture
def odd(tmp_path):
    """A folder of everything that people keep among their images."""
    noise().save(tmp_path / "plain.jpg")
    noise(mode="CMYK").save(tmp_path / "cmyk.jpg")
    noise(mode="L").save(tmp_path / "grey.png")
    Image.fromarray(np.arange(48 * 40, dtype=np.uint16).reshape(48, 40) * 30).save(tmp_path / "deep.png")
    exif = Image.Exif()
    exif[274] = 6
    noise().save(tmp_path / "rotated.jpg", exif=exif)
    noise().save(tmp_path / "animated.gif", save_all=True, append_images=[noise().rotate(90)])
    noise(8, 8).save(tmp_path / "small.png")
    whole = io.BytesIO()
    noise().save(whole, "JPEG")
    (tmp_path / "truncated.jpg").write_bytes(whole.getvalue()[:700])
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.txt").write_text("not an image")
    size = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunks = [part for data in (size, b"IDAT", b"IEND") for part in (len(data) - 4, data, zlib.crc32(data))]
    bomb = b"".join(part if isinstance(part, bytes) else struct.pack(">I", part) for part in chunks)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bomb)
    return tmp_path


def test_every_file_is_listed_or_rejected_with_its_reason(odd):
    good, rejected = built({**FOLDER, "path": str(odd)})
    names = ["animated.gif", "cmyk.jpg", "deep.png", "grey.png", "plain.jpg", "rotated.jpg"]
    assert good["path"].to_list() == names
    reasons = dict(rejected.iter_rows())
    assert len(names) + len(reasons) == len(list(odd.iterdir()))
    starts = {"small.png": "too small: 8 x 8", "empty.jpg": "empty file", "notes.txt": "not an image"}
    starts |= {"truncated.jpg": "truncated", "bomb.png": "too many pixels: more than 1,000,000"}
    assert {name: reasons[name][: len(start)] for name, start in starts.items()} == starts


def test_pixels_are_those_of_torchvision(odd):
    good, _ = built({**FOLDER, "path": str(odd)})
    preprocessing = {"resize": 36, "crop": 32, "interpolation": "bilinear"}
    found = gathered(images.decode(good.to_dicts(), odd, preprocessing))["pixels"]
    reference = transforms.Compose([transforms.Resize(36), transforms.CenterCrop(32)])
    for name, pixels in zip(good["path"], found, strict=True):
        with Image.open(odd / name) as image:
            np.testing.assert_array_equal(pixels, np.asarray(reference(image.convert("RGB"))))


def test_seeds_follow_the_bytes_of_an_image_and_not_its_place(tmp_path):
    make_images(tmp_path, range(3))
    rows = built({**FOLDER, "path": str(tmp_path)})[0].to_dicts()
    preprocessing = {"resize": 32, "crop": 32, "interpolation": "bilinear"}
    seeds = gathered(images.decode(rows, tmp_path, preprocessing))["seed"]
    assert gathered(images.decode(rows[::-1], tmp_path, preprocessing))["seed"].tolist() == seeds.tolist()[::-1]
    assert len(set(seeds)) == 3
    assert (seeds >= 0).all()


def test_a_changed_or_missing_image_is_refused(tmp_path):
    make_images(tmp_path, range(2))
    rows = built({**FOLDER, "path": str(tmp_path)})[0].to_dicts()
    preprocessing = {"resize": 32, "crop": 32, "interpolation": "bilinear"}
    (tmp_path / rows[0]["path"]).write_bytes((tmp_path / rows[1]["path"]).read_bytes())
    with pytest.raises(InputError, match="changed since the manifest"):
        gathered(images.decode(rows, tmp_path, preprocessing))
    (tmp_path / rows[0]["path"]).unlink()
    with pytest.raises(InputError, match="No such file"):
        gathered(images.decode(rows, tmp_path, preprocessing))


def test_the_manifest_only_grows(tmp_path):
    make_images(tmp_path, [5, 6, 7])
    first, _ = built({**FOLDER, "path": str(tmp_path)})
    make_images(tmp_path, [1, 6, 9])
    second, _ = built({**FOLDER, "path": str(tmp_path)}, first)
    assert second[:3].equals(first)
    assert second["path"].to_list()[3:] == ["001_1.png", "009_1.png"]
    assert second["image"].to_list() == list(range(5))


def test_labels_of_folders_and_patterns(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        noise().save(tmp_path / name / "a_7.png")
    noise().save(tmp_path / "stray.png")
    good, rejected = built({**FOLDER, "path": str(tmp_path), "label": "folder"})
    assert good["label"].to_list() == [0, 1]
    assert rejected["path"].to_list() == ["stray.png"]
    good, rejected = built({**FOLDER, "path": str(tmp_path), "label": "pattern", "pattern": r"_(?P<label>\d)"})
    assert good["label"].to_list() == [7, 7]
    assert rejected["reason"].to_list() == ["name does not match the label pattern"]
    assert built({**FOLDER, "path": str(tmp_path)})[0]["label"].to_list() == [-1] * 3


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_listed_images(tmp_path, kind):
    make_images(tmp_path, range(2))
    paths = ["001_1.png", "000_0.png", "../secret.png", "/etc/passwd", "gone.png"]
    table = pl.DataFrame({"path": paths, "label": [3, 4, 0, 0, 0]})
    table.write_csv(tmp_path / "list.csv")
    table.write_parquet(tmp_path / "list.parquet")
    good, rejected = built({"kind": "manifest", "path": str(tmp_path / f"list.{kind}")})
    assert good.select("path", "label").rows() == [("001_1.png", 3), ("000_0.png", 4)]
    outside = "path leads out of the folder of its list (see dataset.outside)"
    assert rejected["reason"].to_list() == [outside, outside, "missing"]


def test_a_list_may_be_allowed_to_name_images_elsewhere(tmp_path):
    make_images(tmp_path / "photos", range(2))
    (tmp_path / "lists").mkdir()
    paths = ["../photos/001_1.png", str(tmp_path / "photos/000_0.png"), "../gone.png"]
    pl.DataFrame({"path": paths}).write_csv(tmp_path / "lists/list.csv")
    dataset = {"kind": "manifest", "path": str(tmp_path / "lists/list.csv"), "outside": True}
    good, rejected = built(dataset)
    assert good["path"].to_list() == paths[:2]
    assert rejected["reason"].to_list() == ["missing"]
    rows = [{**row, "label": -1} for row in good.iter_rows(named=True)]
    small = {"resize": 32, "crop": 32, "interpolation": "bilinear"}
    assert gathered(images.decode(rows, datasets.root(dataset), small))["pixels"].shape == (2, 32, 32, 3)


def test_a_path_listed_twice_is_refused(tmp_path):
    make_images(tmp_path, range(1))
    pl.DataFrame({"path": ["000_0.png"] * 2}).write_csv(tmp_path / "list.csv")
    with pytest.raises(InputError, match="listed twice"):
        built({"kind": "manifest", "path": str(tmp_path / "list.csv")})


SYNSETS = ["n03", "n01", "n02"]  # in the order of their ILSVRC2012 ids, which is not the sorted one


@pytest.mark.parametrize("layout", ["flat", "synsets"])
def test_imagenet_by_its_development_kit(tmp_path, layout):
    truth = [1, 3, 2, 1]
    kit = make_devkit(tmp_path, SYNSETS, truth)
    for n, synset in enumerate(truth, 1):
        folder = tmp_path / "val" / (SYNSETS[synset - 1] if layout == "synsets" else ".")
        folder.mkdir(parents=True, exist_ok=True)
        noise().save(folder / f"ILSVRC2012_val_{n:08d}.JPEG", "JPEG")
    dataset = {"kind": "imagenet", "path": str(tmp_path), "devkit": str(kit), "glob": "**/*"}
    good, _ = built(dataset)
    by_name = {row["path"].rpartition("/")[2][15:23]: row["label"] for row in good.iter_rows(named=True)}
    assert by_name == {"00000001": 2, "00000002": 1, "00000003": 0, "00000004": 2}
    if layout == "synsets":
        (kit / "data" / "ILSVRC2012_validation_ground_truth.txt").write_text("2\n3\n2\n1")
        with pytest.raises(InputError, match="do not match"):
            datasets.find(dataset)


def test_imagenet_in_torchvisions_layout(tmp_path):
    for n in range(1000):
        folder = tmp_path / "val" / f"n{n:08d}"
        folder.mkdir(parents=True)
        (folder / f"ILSVRC2012_val_{1000 - n:08d}.JPEG").touch()
    dataset = {"kind": "imagenet", "path": str(tmp_path), "glob": "**/*"}
    assert [item.label for item in datasets.find(dataset)] == list(range(1000))
    (tmp_path / "val" / "n00000000" / "ILSVRC2012_val_00001000.JPEG").unlink()
    with pytest.raises(InputError, match="999 synset folders"):
        datasets.find(dataset)


def test_manifest_digest_of_rows_is_sha256(tmp_path):
    make_images(tmp_path, range(1))
    good, _ = built({**FOLDER, "path": str(tmp_path)})
    data = (tmp_path / good["path"][0]).read_bytes()
    assert good["sha256"][0] == hashlib.sha256(data).hexdigest()
    assert good["bytes"][0] == len(data)
