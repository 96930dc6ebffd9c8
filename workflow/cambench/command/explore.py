"""Show the report of a finished run with all of its images, in a browser.

A server on this machine reads what the page asks for from the run's files, and answers no other machine. It runs until
Ctrl-C, and changes nothing.

Examples:
    cambench explore results/demo
    cambench explore results/demo --port 8000 --no-browser
"""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """A run, and where the server listens."""
    parser.add_argument("run", metavar="results/RUN", help="folder of a finished run")
    parser.add_argument("--port", type=int, default=0, help="port to listen at; a free one by default")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def main(arguments: argparse.Namespace) -> None:
    """Serve a run until the user ends it. **Raises:** `InputError` if it cannot be read, or the port is taken."""
    from ..explore.serve import serve

    serve(arguments.run, arguments.port, not arguments.no_browser)
