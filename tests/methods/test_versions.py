"""Maps do not change without the version: see tests/versions.py for what to do where they are meant to."""

import pytest
import versions


@pytest.mark.parametrize("name", versions.known("methods"))
def test_the_maps_of_a_version_stay(name):
    assert versions.refusal("methods", name) is None
