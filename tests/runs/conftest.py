"""The finished run, opened."""

import pytest

import cambench


@pytest.fixture(scope="session")
def run(finished):
    return cambench.open_run(finished.results)
