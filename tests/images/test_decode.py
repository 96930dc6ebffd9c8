"""Pixels are torchvision's, and only of files that are what the manifest says."""

import numpy as np
import polars as pl
import pytest
from PIL import Image
from projects import make_images
from torchvision import transforms

from cambench.errors import InputError
from cambench.images import sources
from cambench.images.decode import decode, decodes

SMALL = {"resize": 32, "crop": 32, "interpolation": "bilinear"}


def decoded(name, *arguments):
    return np.concatenate([block[name] for block in decode(*arguments)])


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_pixels_are_those_of_torchvision(odd, built, interpolation):
    good, _ = built(path=str(odd))
    found = decoded("pixels", good.to_dicts(), odd, {"resize": 36, "crop": 32, "interpolation": interpolation})
    resize = transforms.Resize(36, transforms.InterpolationMode(interpolation))
    reference = transforms.Compose([resize, transforms.CenterCrop(32)])
    for name, pixels in zip(good["path"], found, strict=True):
        with Image.open(odd / name) as image:
            np.testing.assert_array_equal(pixels, np.asarray(reference(image.convert("RGB"))))


def test_seeds_follow_the_bytes_of_an_image_and_not_its_place(tmp_path, built):
    make_images(tmp_path, range(3))
    rows = built(path=str(tmp_path))[0].to_dicts()
    seeds = decoded("seed", rows, tmp_path, SMALL)
    assert decoded("seed", rows[::-1], tmp_path, SMALL).tolist() == seeds.tolist()[::-1]
    assert len(set(seeds)) == 3
    assert (seeds >= 0).all()


def test_a_changed_or_missing_image_is_refused(tmp_path, built):
    make_images(tmp_path, range(2))
    rows = built(path=str(tmp_path))[0].to_dicts()
    (tmp_path / rows[0]["path"]).write_bytes((tmp_path / rows[1]["path"]).read_bytes())
    with pytest.raises(InputError, match="changed since the manifest"):
        list(decode(rows, tmp_path, SMALL))
    (tmp_path / rows[0]["path"]).unlink()
    with pytest.raises(InputError, match="No such file"):
        list(decode(rows, tmp_path, SMALL))


def test_a_list_may_be_allowed_to_name_images_elsewhere(tmp_path, built):
    make_images(tmp_path / "photos", range(2))
    (tmp_path / "lists").mkdir()
    paths = ["../photos/001_1.png", str(tmp_path / "photos/000_0.png"), "../gone.png"]
    pl.DataFrame({"path": paths}).write_csv(tmp_path / "lists/list.csv")
    dataset = {"kind": "manifest", "path": str(tmp_path / "lists/list.csv"), "outside": True}
    good, rejected = built(**dataset)
    assert good["path"].to_list() == paths[:2]
    assert rejected["reason"].to_list() == ["missing"]
    assert decoded("pixels", good.to_dicts(), sources.root(dataset), SMALL).shape == (2, 32, 32, 3)


def test_whether_a_file_can_be_decoded(odd):
    assert decodes(odd / "plain.jpg", SMALL)
    assert not any(decodes(odd / name, SMALL) for name in ("truncated.jpg", "notes.txt", "gone.png"))
