"""Maps of a run as xarray has them."""

import numpy as np
import pytest

from cambench.errors import InputError
from cambench.masks import Masking, masks
from cambench.runs.maps import _Stacked
from cambench.store import chunkfile


def test_masks_of_all_methods(run):
    found = run.maps()
    assert found.mask.dims == ("cam", "image", "y", "x")
    assert found.cam.values.tolist() == ["gradcam", "scorecam"]
    assert found.path.values.tolist() == run.manifest["path"].to_list()
    assert found.target.values.tolist() == run.metrics.filter(method="gradcam")["target"].to_list()
    raw = run.reader("tiny", "scorecam")("saliency.raw")[:]
    np.testing.assert_array_equal(found.mask.sel(cam="scorecam").values, masks(raw, (32, 32), Masking()))
    np.testing.assert_allclose(found.x, np.arange(32))


@pytest.mark.parametrize(("kind", "stage"), [("raw", "saliency"), ("masked_raw", "masked")])
def test_raw_maps_of_one_method(run, kind, stage):
    found = run.maps(method="gradcam", kind=kind)[kind]
    assert found.dims == ("image", "y", "x")
    np.testing.assert_array_equal(found.values, run.reader("tiny", "gradcam")(f"{stage}.raw")[:])
    np.testing.assert_allclose(found.y, 4 * np.arange(8) + 1.5)  # pixels of the input


def test_nothing_is_read_before_it_is_asked_for(run, monkeypatch):
    found = run.maps(kind="raw")
    monkeypatch.setattr(chunkfile, "read", None)
    assert found.raw.isel(image=slice(2, 4), y=0).shape == (2, 2, 8)


@pytest.mark.parametrize(
    "key",
    [(0, 3), (slice(None), slice(1, 8, 3), 2), (slice(1, 2), slice(None, None, -1)), (1, slice(4, 4)), (0, 0, 1, 2)],
)
def test_some_of_the_maps(key):
    values = np.random.default_rng(0).random((2, 9, 4, 5), np.float32)
    stacked = _Stacked([of.__getitem__ for of in values], values.shape[1:])
    found = stacked._read(key + (slice(None),) * (4 - len(key)))
    np.testing.assert_array_equal(found, values[key])


def test_maps_that_there_are_not(run):
    with pytest.raises(InputError, match="kind must be one of mask, raw, masked_raw, not 'maps'"):
        run.maps(kind="maps")
    with pytest.raises(InputError, match="name at least one method"):
        run.maps(method=[])
