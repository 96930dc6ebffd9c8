"""Five images and their maps, for the tests of curves."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def raw():
    return np.random.default_rng(1).normal(size=(5, 8, 8)).astype(np.float32)
