"""A small configuration, and what becomes of it when one value changes."""

import copy

import pytest
from projects import make_images


@pytest.fixture
def good(tmp_path):
    """Nothing is wrong with it."""
    make_images(tmp_path / "photos", range(2))
    return {
        "run": "test",
        "dataset": {
            "kind": "folder",
            "path": str(tmp_path / "photos"),
            "label": "pattern",
            "pattern": r"_(?P<label>\d)",
        },
        "networks": {"tiny": {"factory": "tiny:Tiny", "preprocessing": {"resize": 32, "crop": 32}}},
        "methods": {"gradcam": {"cam": "gradcam"}},
    }


@pytest.fixture
def changed(good):
    """The good configuration with one value changed, or removed if it is None: `changed(path, value)`."""

    def change(path, value):
        bad = copy.deepcopy(good)
        *parents, last = path.split(".")
        block = bad
        for key in parents:
            block = block[key]
        if value is None:
            del block[last]
        else:
            block[last] = value
        return bad

    return change
