"""A made-up run of forty images, and its server."""

import pytest
import synthetic
from serving import served

import cambench


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of the run."""
    folder = tmp_path_factory.mktemp("explore") / "synthetic"
    folder.mkdir()
    synthetic.write(folder, 40)
    return folder


@pytest.fixture(scope="session")
def run(made):
    return cambench.open_run(made)


@pytest.fixture(scope="session")
def address(run):
    """Where the server of the run listens: `http://127.0.0.1:PORT`."""
    with served(run) as at:
        yield at
