"""A job that is interrupted ends at once."""

import signal
import subprocess
import sys

SCRIPT = """
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from cambench import job

def interrupted(thread, start=threading.Thread.start):
    start(thread)
    raise KeyboardInterrupt

job.Job = lambda snakemake, log: None
threading.Thread.start = interrupted
with job.job(SimpleNamespace(log=["log"])):
    ThreadPoolExecutor(1).submit(int)
"""


def test_a_signal_while_a_thread_starts_ends_the_job(tmp_path):
    """Python alone would wait for the thread for ever, because its pool has not noted it yet."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, timeout=60, capture_output=True)
    assert done.returncode == -signal.SIGINT
