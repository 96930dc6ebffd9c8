"""Images of noise."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
