"""Puts the workflow itself, which lies beside the package in a checkout, into the wheel: `cambench/_workflow`."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
PARTS = ("Snakefile", "workflow/Snakefile", "workflow/rules", "workflow/scripts", "config", "envs", "profiles")


class BuildWithWorkflow(build_py):
    """Copies what Snakemake reads, laid out as in a checkout; an editable install reads the checkout."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for part in PARTS:
            source, target = ROOT / part, Path(self.build_lib, "cambench", "_workflow", part)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)


setup(cmdclass={"build_py": BuildWithWorkflow})
