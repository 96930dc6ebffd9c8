"""Plugins of Snakemake for clusters, which lie apart: where one is installed, every Snakemake waits for a Slurm."""

import os
import sys
from pathlib import Path

import pytest

PLUGINS = Path(sys.prefix) / "slurm"


@pytest.fixture(scope="package", autouse=True)
def plugins():
    """Snakemakes that tests start find the plugins; afterwards they do not."""
    if not PLUGINS.is_dir():
        pytest.skip("plugins for clusters are not installed: make test-all")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PLUGINS), before]))
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
