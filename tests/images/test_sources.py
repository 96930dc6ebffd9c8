"""What a data set holds: how many files, the largest label, and when to look again."""

import os

import polars as pl
import pytest
from projects import make_images

from cambench.errors import InputError
from cambench.images import sources


def folder(path, **changes):
    return {"kind": "folder", "path": str(path), "glob": "**/*", "label": "none", **changes}


def test_another_number_of_images_is_refused(tmp_path):
    make_images(tmp_path, range(3))
    assert len(sources.find(folder(tmp_path, images=3))) == 3
    with pytest.raises(InputError, match=r"holds 3 images, not 50,000; set dataset\.images to null to run on a part"):
        sources.find(folder(tmp_path, images=50000))


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
    pattern = folder(tmp_path, label="pattern", pattern=r"_(?P<label>\d)")
    assert sources.digest(pattern) != digest()


def test_the_digest_of_odd_names(tmp_path):
    for name in (b"caf\xe9.png", b"new\nline.png", "é.png".encode()):
        (tmp_path / os.fsdecode(name)).touch()
    assert len(sources.digest(folder(tmp_path))) == 16
