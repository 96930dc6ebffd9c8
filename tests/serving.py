"""The server of `cambench explore`, in a thread of the tests."""

import threading
from contextlib import contextmanager

import uvicorn

from cambench.explore.serve import listening
from cambench.explore.server import application


@contextmanager
def served(run):
    """Where the server of a run listens: `http://127.0.0.1:PORT`."""
    server = uvicorn.Server(uvicorn.Config(application(run), log_level="error"))
    with listening(0) as at:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
        thread.start()
        yield f"http://127.0.0.1:{at.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)
