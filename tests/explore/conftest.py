"""A made-up run of forty images, and its server."""

import threading

import pytest
import synthetic
import uvicorn

import cambench
from cambench.explore.serve import listening
from cambench.explore.server import application


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
    server = uvicorn.Server(uvicorn.Config(application(run), log_level="error"))
    with listening(0) as at:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
        thread.start()
        yield f"http://127.0.0.1:{at.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)
