"""Runs Snakemake in forked children of one process, because starting it takes longer than planning a small run.

Reads a list of arguments per line, as JSON, and answers with the exit status and what Snakemake printed. The children
import cambench themselves, so that each sees the files as they are.
"""

import json
import os
import sys
import tempfile

sys.path[0] = os.getcwd()  # as `python -m snakemake` has it, and not the folder of the tests

import jsonschema  # noqa: E402, F401  imported for the children
import polars  # noqa: E402, F401
import yaml  # noqa: E402, F401
from snakemake.cli import main  # noqa: E402


def answer(arguments):
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
            try:
                main(arguments)
            except SystemExit as ended:
                os._exit(int(ended.code or 0) if not isinstance(ended.code, str) else 1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return {"status": status, "said": said.read()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
