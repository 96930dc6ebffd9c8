"""The order in which images are drawn: closed forms, prefixes, and every file as likely as any other."""

import hashlib
import os
from collections import Counter
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from projects import make_images

from cambench.errors import InputError
from cambench.images import sample, sources
from cambench.images.found import Found
from cambench.images.sample import Sample

PLAIN, STRATIFIED = Sample(10, 0, "none"), Sample(10, 0, "label")


def files(*sizes):
    """Files of classes of the given sizes, and one that is rejected unread."""
    found = [Found(f"{label}/{number}.png", label) for label, size in enumerate(sizes) for number in range(size)]
    return [*found, Found("odd", reason="no name")]


def test_the_order_is_that_of_a_hash_of_seed_and_path():
    for seed in (0, 7):
        names = [item.path for item in replace(PLAIN, seed=seed).order(files(5, 5))]
        hashed = {hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest(): name for name in names}
        assert names == [hashed[digest] for digest in sorted(hashed)]
        assert len(names) == 10


@pytest.mark.parametrize("drawn", [PLAIN, STRATIFIED], ids=["none", "label"])
def test_the_order_follows_from_the_files_and_not_from_their_order(drawn):
    found = files(3, 8, 2)
    assert drawn.order(found) == drawn.order(found[::-1])
    assert sorted(item.path for item in drawn.order(found)) == sorted(item.path for item in found[:-1])
    assert drawn.order(found) != replace(drawn, seed=1).order(found)
    assert drawn.order([]) == []


def test_classes_of_equal_size_take_turns():
    """Round by round: no class has two images more than another, in any prefix."""
    order = STRATIFIED.order(files(*[6] * 7))
    for count in range(1, 43):
        found = Counter(item.label for item in order[:count])
        assert {found[label] for label in range(7)} <= {count // 7, -(-count // 7)}


def test_classes_of_other_sizes_have_their_share():
    """Evenly spaced turns of one class are off by less than one; in a prefix, the others' may add to that."""
    sizes = (1, 2, 5, 12, 30)
    for seed in range(50):
        order = replace(STRATIFIED, seed=seed).order(files(*sizes))
        for count in range(1, 51):
            found = Counter(item.label for item in order[:count])
            assert all(abs(found[label] - count * size / 50) < 1 + 4 * size / 50 for label, size in enumerate(sizes))


@pytest.mark.parametrize(("drawn", "count"), [(PLAIN, 9), (STRATIFIED, 1), (STRATIFIED, 9), (STRATIFIED, 30)])
def test_every_file_is_as_likely_as_any_other(drawn, count):
    """Of 50 files in classes of unequal size, over 3,000 seeds; five standard errors, of 50 files at once."""
    found, seeds = files(1, 2, 5, 12, 30), 3000
    drawn_files = Counter(item for seed in range(seeds) for item in replace(drawn, seed=seed).order(found)[:count])
    share = count / 50
    shares = np.array([drawn_files[item] for item in found[:-1]]) / seeds
    assert np.abs(shares - share).max() < 5 * np.sqrt(share * (1 - share) / seeds)


@pytest.mark.parametrize("drawn", [PLAIN, STRATIFIED], ids=["none", "label"])
def test_a_file_more_or_less_leaves_the_sample_what_it_is(drawn):
    """Of ten classes of 100 files, the first 200: of a hash's order a file pushes one out, of turns as few."""
    found, more = files(*[100] * 10), Found("3/new.png", 3)
    for seed in range(10):
        order = replace(drawn, seed=seed).order
        before = set(order(found)[:200])
        assert len(before & set(order([*found, more])[:200])) >= 198
        assert len(before & set(order([item for item in found if item.path != "3/50.png"])[:200])) >= 198


def test_the_first_file_is_that_of_the_hash():
    for seed in range(20):
        first = [replace(drawn, seed=seed).order(files(1, 2, 5, 12))[0] for drawn in (PLAIN, STRATIFIED)]
        assert first[0] == first[1]


def test_the_class_of_an_image_with_several_labels_is_its_first():
    assert sample.stratum(Found("a", several=(3, 5))) == 3
    assert sample.stratum(Found("a", 4)) == 4
    assert sample.stratum(Found("a")) == -1


def test_what_the_configuration_asks_for():
    block = {"seed": 3, "stratify": "label"}
    assert sample.of({}) is None
    assert sample.of({"sample": {**block, "images": 5}}) == Sample(5, 3, "label")
    assert sample.of({"sample": {**block, "half_width": 0.5}}, 700) == Sample(700, 3, "label", at_most=True)


def paths(table):
    return table["path"].to_list()


def listed(folder):
    """Paths of a folder's files in the order in which they are drawn."""
    found = sources.find({"kind": "folder", "path": str(folder), "glob": "*", "label": "none"})
    return [item.path for item in PLAIN.order(found)]


def test_the_manifest_of_a_sample_is_the_start_of_the_order(tmp_path, built):
    make_images(tmp_path, range(12))
    order = listed(tmp_path)
    good, rejected = built(path=str(tmp_path), sample=replace(PLAIN, images=5))
    assert paths(good) == order[:5]
    assert good["image"].to_list() == list(range(5))
    assert rejected.is_empty()
    grown, _ = built(path=str(tmp_path), sample=replace(PLAIN, images=8), earlier=good)
    assert grown[:5].equals(good)
    assert paths(grown) == order[:8]


def test_bad_files_are_passed_over_and_no_more_are_read_than_needed(tmp_path, built):
    make_images(tmp_path, range(12))
    order = listed(tmp_path)
    for name in (order[1], order[6], order[9]):
        (tmp_path / name).write_text("no image")
    for drawn, last in ((4, 5), (6, 8), (8, 11)):
        good, rejected = built(path=str(tmp_path), sample=replace(PLAIN, images=drawn))
        bad = [name for name in (order[1], order[6], order[9]) if name in order[:last]]
        assert paths(rejected) == bad
        assert paths(good) == [name for name in order[:last] if name not in bad]
    for name in order[8:]:
        os.truncate(tmp_path / name, 0)
    good, rejected = built(path=str(tmp_path), sample=replace(PLAIN, images=6))
    assert len(good) == 6
    assert order[9] not in paths(rejected)  # nobody has looked at it


def test_known_images_are_not_decoded_again(tmp_path, built, monkeypatch):
    make_images(tmp_path, range(6))
    good, _ = built(path=str(tmp_path), sample=replace(PLAIN, images=3))
    decoded = []
    monkeypatch.setattr("cambench.images.manifest._decode", lambda data, most: decoded.append(data) or (48, 40, ""))
    grown, _ = built(path=str(tmp_path), sample=replace(PLAIN, images=5), earlier=good)
    assert grown[:3].equals(good)
    assert len(decoded) == 2


def test_a_sample_that_is_larger_than_what_can_be_used(tmp_path, built):
    make_images(tmp_path, range(6))
    (tmp_path / "000_0.png").write_text("no image")
    said = r"^dataset\.sample: 6 images asked for, but only 5 can be used: 000_0\.png: not an image$"
    with pytest.raises(InputError, match=said):
        built(path=str(tmp_path), sample=replace(PLAIN, images=6))
    good, _ = built(path=str(tmp_path), sample=replace(PLAIN, images=6, at_most=True))
    assert len(good) == 5


def test_files_that_are_rejected_unread_are_listed(tmp_path, built):
    make_images(tmp_path, range(4))
    pl.DataFrame({"path": ["000_0.png", "../up.png", "001_1.png"]}).write_csv(tmp_path / "list.csv")
    good, rejected = built(kind="manifest", path=str(tmp_path / "list.csv"), sample=replace(PLAIN, images=1))
    assert len(good) == 1
    assert paths(rejected) == ["../up.png"]


def test_all_images_again_after_a_sample(tmp_path, built):
    """Nothing is lost: those of the sample keep their rows, the others come after them."""
    make_images(tmp_path, range(6))
    good, _ = built(path=str(tmp_path), sample=replace(PLAIN, images=3))
    whole, _ = built(path=str(tmp_path), earlier=good)
    assert whole[:3].equals(good)
    assert paths(whole)[3:] == sorted(set(paths(whole)) - set(paths(good)))
