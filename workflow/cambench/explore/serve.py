"""Run the server until the user ends it."""

import socket
import webbrowser
from pathlib import Path

import uvicorn

from ..errors import InputError
from ..runs.run import open_run
from .server import application

_HOST = "127.0.0.1"


def serve(path: str | Path, port: int = 0, browser: bool = False) -> None:
    """Serve a finished run on this machine alone, at a free port if none is given.

    **Raises:** `InputError` if the run cannot be read, or the port cannot be had.
    """
    server = uvicorn.Server(uvicorn.Config(application(open_run(path)), log_level="warning", access_log=False))
    with listening(port) as at:
        address = f"http://{_HOST}:{at.getsockname()[1]}/"
        print(f"{address} (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open_new_tab(address)
        server.run(sockets=[at])


def listening(port: int) -> socket.socket:
    """A socket that listens on this machine. **Raises:** `InputError` if the port cannot be had."""
    if not 0 <= port < 2**16:
        raise InputError(f"--port: {port} is no port; take one below {2**16}, or 0 for a free one")
    at = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        at.bind((_HOST, port))
        at.listen(128)
    except OSError as error:
        at.close()
        raise InputError(f"--port: {port} cannot be had: {error.strerror}; leave it out for a free one") from error
    return at
