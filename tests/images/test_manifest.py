"""Every file is listed or rejected with its reason, in an order that only grows."""

import hashlib
import os

import polars as pl
import pytest
from projects import make_images

from cambench.errors import InputError
from cambench.images import manifest
from cambench.store import tables


def test_every_file_is_listed_or_rejected_with_its_reason(odd, built):
    good, rejected = built(path=str(odd))
    names = ["animated.gif", "cmyk.jpg", "deep.png", "grey.png", "plain.jpg", "rotated.jpg"]
    assert good["path"].to_list() == names
    reasons = dict(rejected.iter_rows())
    assert len(names) + len(reasons) == len(list(odd.iterdir()))
    starts = {"small.png": "too small: 8 x 8", "empty.jpg": "empty file", "notes.txt": "not an image"}
    starts |= {"thread.png": "too long: 32 x 3,300 pixels, one side more than 100 times the other"}
    starts |= {"truncated.jpg": "truncated", "bomb.png": "too many pixels: more than 1,000,000"}
    assert {name: reasons[name][: len(start)] for name, start in starts.items()} == starts


def test_the_manifest_only_grows(tmp_path, built):
    make_images(tmp_path, [5, 6, 7])
    first, _ = built(path=str(tmp_path))
    make_images(tmp_path, [1, 6, 9])
    second, _ = built(path=str(tmp_path), earlier=first)
    assert second[:3].equals(first)
    assert second["path"].to_list()[3:] == ["001_1.png", "009_1.png"]
    assert second["image"].to_list() == list(range(5))


def test_a_known_image_is_held_to_limits_that_changed(tmp_path, built):
    make_images(tmp_path, range(2))  # 48 x 40 pixels
    first, _ = built(path=str(tmp_path))
    with pytest.raises(InputError, match="none of 2 files is an image that can be used"):
        built(path=str(tmp_path), earlier=first, min_side=41)


def test_reasons_are_told_where_no_image_is_left(tmp_path, built, noise):
    noise(8, 8).save(tmp_path / "small.png")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("no image")
    with pytest.raises(InputError) as error:
        built(path=str(tmp_path))
    said = "dataset: none of 3 files is an image that can be used: a.txt: not an image; "
    assert str(error.value) == said + "small.png: too small: 8 x 8 pixels, shorter side under 16"
    for number in range(2):
        (tmp_path / f"{number}.txt").touch()
        noise(9 + number, 9).save(tmp_path / f"{number}.png")
    with pytest.raises(InputError, match=r": 0\.png: .*; 0\.txt: empty file; 1\.png: .* under 16; \.\.\.$"):
        built(path=str(tmp_path))


def test_the_shape_of_a_thread(tmp_path, built, noise):
    """Resized by its shorter side to 224, an image of 32 x 500,000 would take 3.5 GB."""
    noise(1600, 16).save(tmp_path / "long.png")
    noise(16, 1601).save(tmp_path / "longer.png")
    good, rejected = built(path=str(tmp_path))
    assert good["path"].to_list() == ["long.png"]
    assert rejected["path"].to_list() == ["longer.png"]


def test_names_that_are_not_utf_8(tmp_path, built):
    make_images(tmp_path, range(1))
    image = (tmp_path / "000_0.png").read_bytes()
    for name in (b"caf\xe9.png", b"new\nline.png", "t\u00fcr.png".encode()):
        (tmp_path / os.fsdecode(name)).write_bytes(image)
    good, rejected = built(path=str(tmp_path))
    assert good["path"].to_list() == ["000_0.png", "t\u00fcr.png"]
    assert rejected["path"].to_list() == [r"caf\xe9.png", r"new\nline.png"]


def test_digests_of_rows_are_sha256(tmp_path, built):
    make_images(tmp_path, range(1))
    good, _ = built(path=str(tmp_path))
    data = (tmp_path / good["path"][0]).read_bytes()
    assert good["sha256"][0] == hashlib.sha256(data).hexdigest()
    assert good["bytes"][0] == len(data)


def test_a_path_listed_twice_is_refused(tmp_path, built):
    make_images(tmp_path, range(1))
    pl.DataFrame({"path": ["000_0.png"] * 2}).write_csv(tmp_path / "list.csv")
    with pytest.raises(InputError, match="listed twice"):
        built(kind="manifest", path=str(tmp_path / "list.csv"))


def test_a_damaged_manifest_is_refused(tmp_path, built):
    make_images(tmp_path, range(1))
    file = tmp_path / "manifest.parquet"
    assert manifest.read(file) is None
    good, _ = built(path=str(tmp_path))
    tables.write(file, good)
    assert manifest.read(file).equals(good.drop("labels"))
    tables.write(file, good.drop("labels"))  # as earlier versions did
    assert manifest.read(file).equals(good.drop("labels"))
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"manifest\.parquet: damaged; mend: rm "):
        manifest.read(file)
