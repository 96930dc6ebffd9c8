"""Maps from files go to the images that they are of, or are refused in one line."""

import hashlib
import json
import os
import pickle

import numpy as np
import polars as pl
import pytest
import zarr
from numcodecs import pickles

from cambench.errors import InputError
from cambench.images import manifest, precomputed
from cambench.store import tables

NAMES = [f"{number}.png" for number in range(5)]


class Code:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def write_manifest(file, names):
    """A manifest of images that differ in name and content; its path, and the digest of its images."""
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    sizes = dict.fromkeys(("width", "height", "bytes"), 9)
    rows = [{"path": name, "label": -1, **sizes, "sha256": sha256} for name, sha256 in zip(names, digests, strict=True)]
    table = pl.DataFrame(rows).with_row_index("image").cast({"image": pl.Int64})
    tables.write(file, table.with_columns(labels=[]).select(list(manifest.SCHEMA)))
    return str(file), precomputed.digest(digests)


@pytest.fixture
def files(tmp_path):
    """Five maps of 3 x 4 in each format, and a list of their images."""
    maps = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32)
    np.save(tmp_path / "maps.npy", maps)
    for form in (2, 3):
        zarr.save_array(tmp_path / f"array{form}.zarr", maps, zarr_format=form)
    zarr.create_group(tmp_path / "store.zarr").create_array("raw", data=maps)
    (tmp_path / "names.txt").write_text("\n".join(NAMES) + "\n")
    return tmp_path, maps


@pytest.mark.parametrize("name", ["maps.npy", "array2.zarr", "array3.zarr", "store.zarr"])
def test_formats(files, name):
    folder, maps = files
    path, (listed, digest) = str(folder / name), write_manifest(folder / "manifest.parquet", NAMES)
    assert precomputed.shape(path) == (5, 3, 4)
    for binding in ({"named": str(folder / "names.txt")}, {"manifest": digest}):
        np.testing.assert_array_equal(precomputed.read(path, np.array([2, 3]), listed, **binding), maps[2:4])


@pytest.mark.parametrize("name", ["maps.npy", "array3.zarr"])
def test_maps_are_found_by_name(files, name):
    """One image has left, another has moved: every map is still of its own image."""
    folder, maps = files
    (folder / "names.txt").write_bytes("\ufeff".encode() + "\r\n".join(NAMES).encode() + b"\r\n")
    listed, _ = write_manifest(folder / "manifest.parquet", ["4.png", "0.png", "2.png", "3.png"])
    found = precomputed.read(str(folder / name), np.arange(4), listed, str(folder / "names.txt"))
    np.testing.assert_array_equal(found, maps[[4, 0, 2, 3]])


@pytest.mark.parametrize("names", [[*NAMES[1:], "new.png"], NAMES[::-1], [*NAMES, "new.png"]])
def test_maps_without_names_are_refused_once_the_images_have_changed(files, names):
    folder, _ = files
    path, (_, digest) = str(folder / "maps.npy"), write_manifest(folder / "manifest.parquet", NAMES)
    later, other = write_manifest(folder / "later.parquet", names)
    with pytest.raises(InputError) as error:
        precomputed.read(path, np.arange(1), later, manifest=digest)
    assert str(error.value) == f"{path}: made for images of digest {digest}, but those of {later} have {other}"


def test_maps_that_are_bound_to_nothing_are_refused_and_told_how(files):
    folder, _ = files
    path, (listed, digest) = str(folder / "maps.npy"), write_manifest(folder / "manifest.parquet", NAMES)
    with pytest.raises(InputError) as error:
        precomputed.read(path, np.arange(1), listed)
    assert str(error.value) == (
        f"{path}: nothing says of which images the maps are; name them in a text file (setting 'names'), "
        f"or set manifest: '{digest}' if their order is that of {listed}"
    )


def test_refusals(files):
    folder, maps = files
    listed, digest = write_manifest(folder / "manifest.parquet", NAMES)

    def said(path="maps.npy", names=None, **binding):
        if names is not None:
            binding["named"] = str(folder / f"{len(list(folder.iterdir()))}.txt")
            with open(binding["named"], "wb") as file:
                file.write(names)
        with pytest.raises(InputError) as error:
            precomputed.read(str(folder / path), np.arange(5), listed, **binding)
        return str(error.value).replace(f"{folder}/", "").replace(f"{os.path.basename(binding.get('named', '-'))}", "N")

    np.save(folder / "few.npy", maps[:4])
    assert said("few.npy", manifest=digest) == "few.npy: 4 maps, but the manifest lists 5 images"
    assert said(names=b"0.png\n1.png") == "names: N: 2 names for 5 maps"
    assert said(names=b"0.png\n1.png\n2.png\n3.png\n3.png\n") == "names: N: 3.png is named twice"
    missing = "names: N: no map of 1.png, which the manifest lists"
    assert said(names=b"0.png\n9.png\n2.png\n3.png\n4.png\n") == missing
    assert said(names=b"\xff\n" * 5) == "names: N: not a text file in UTF-8 that can be read"
    assert said(named="nowhere.txt") == "names: N: not a text file in UTF-8 that can be read"
    maps[3, 1, 1] = np.nan
    np.save(folder / "nan.npy", maps)
    assert said("nan.npy", manifest=digest) == "nan.npy: map 3 has values that are not finite"
    assert (
        said("nan.npy", names=b"0.png\n1.png\n2.png\n4.png\n3.png") == "nan.npy: map 3 has values that are not finite"
    )


def test_a_damaged_chunk_is_told(files):
    folder, _ = files
    listed, digest = write_manifest(folder / "manifest.parquet", NAMES)
    chunk = folder / "array3.zarr" / "c" / "0" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-3])
    with pytest.raises(InputError, match=r"array3\.zarr: cannot be read: "):
        precomputed.read(str(folder / "array3.zarr"), np.arange(5), listed, manifest=digest)


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"maps", b"PK\x03\x04", b"\x80\x04."])
def test_what_holds_no_maps(tmp_path, data):
    (tmp_path / "maps.npy").write_bytes(data)
    with pytest.raises(InputError, match=r"neither a \.npy file nor a Zarr array"):
        precomputed.shape(str(tmp_path / "maps.npy"))


@pytest.mark.parametrize(
    "header", ["", "[]", '{"shape": 3}', '{"shape": [1, 2, 3]}', '{"shape": [1], "data_type": {}}']
)
def test_a_zarr_header_that_is_none(tmp_path, header):
    (tmp_path / "maps.zarr").mkdir()
    (tmp_path / "maps.zarr" / "zarr.json").write_text(header)
    with pytest.raises(InputError, match=r"neither a \.npy file nor a Zarr array"):
        precomputed.shape(str(tmp_path / "maps.zarr"))


@pytest.mark.parametrize("shape", [(5, 3), (0, 3, 4), (5, 0, 4)])
def test_maps_of_another_shape(tmp_path, shape):
    np.save(tmp_path / "maps.npy", np.zeros(shape))
    with pytest.raises(InputError, match="maps must be floats of shape"):
        precomputed.shape(str(tmp_path / "maps.npy"))


def test_maps_run_no_code(tmp_path):
    np.save(tmp_path / "maps.npy", np.array([Code(tmp_path / "ran")], object), allow_pickle=True)
    with pytest.raises(InputError, match="nor a Zarr array"):
        precomputed.shape(str(tmp_path / "maps.npy"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("codecs", [{"compressor": {"id": "pickle"}}, {"filters": [{"id": "delta"}, {"id": "pickle"}]}])
@pytest.mark.parametrize("group", [False, True])
def test_chunks_that_are_pickles_are_refused(files, monkeypatch, codecs, group):
    """Zarr's format 2 names codecs in the metadata; numcodecs below 0.16.6 unpickles whatever it finds."""
    folder, _ = files
    array = folder / "array2.zarr"
    if group:
        (folder / "group.zarr").mkdir()
        (folder / "group.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
        array = array.rename(folder / "group.zarr" / "raw")
    header = json.loads((array / ".zarray").read_text())
    (array / ".zarray").write_text(json.dumps({**header, "compressor": None, "filters": None, **codecs}))
    (array / "0.0.0").write_bytes(pickle.dumps(Code(folder / "ran")))
    path = str(folder / ("group.zarr" if group else "array2.zarr"))
    listed, digest = write_manifest(folder / "manifest.parquet", NAMES)
    monkeypatch.setattr(pickles, "ALLOW_UNSAFE_PICKLE_DECODE", True)
    for refused in (lambda: precomputed.shape(path), lambda: precomputed.read(path, np.arange(5), listed, "", digest)):
        with pytest.raises(InputError) as error:
            refused()
        assert str(error.value) == f"{path}: its chunks are pickles, which may run code; store it with another codec"
    assert not (folder / "ran").exists()


def test_a_group_says_nothing_of_its_array(files):
    """Zarr would believe the group's copy of the metadata, which may name other codecs than those that were checked."""
    folder, maps = files
    group = zarr.open_group(folder / "group.zarr", mode="w", zarr_format=2)
    group.create_array("raw", data=maps, compressors=None)
    header = json.loads((folder / "group.zarr" / "raw" / ".zarray").read_text())
    copied = {".zgroup": {"zarr_format": 2}, "raw/.zarray": {**header, "compressor": {"id": "pickle"}}}
    text = json.dumps({"zarr_consolidated_format": 1, "metadata": copied})
    (folder / "group.zarr" / ".zmetadata").write_text(text)
    listed, digest = write_manifest(folder / "manifest.parquet", NAMES)
    found = precomputed.read(str(folder / "group.zarr"), np.arange(5), listed, manifest=digest)
    np.testing.assert_array_equal(found, maps)
