"""The finished run, whose numbers those in memory have to be."""

import pytest
import torch

import cambench


@pytest.fixture(scope="session")
def run(finished):
    return cambench.open_run(finished.results)


@pytest.fixture(autouse=True)
def as_jobs(finished, monkeypatch):
    """In the folder of the run, whose paths are relative to it, and with as many threads as its jobs have."""
    monkeypatch.chdir(finished.folder)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
