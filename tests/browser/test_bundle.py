"""The bundles in the package are those that the sources give, to the byte."""

import shutil
import subprocess

import pytest
from projects import ROOT

pytestmark = pytest.mark.browser
WEB, BUNDLE = ROOT / "workflow" / "web", ROOT / "workflow" / "cambench" / "report" / "bundle"


def test_the_bundles_are_those_of_the_sources(tmp_path):
    web, made = tmp_path / "web", tmp_path / "made"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    for command in (["npm", "ci", "--silent"], ["npm", "run", "--silent", "check"], ["node", "build.mjs", str(made)]):
        done = subprocess.run(command, cwd=web, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    kept = {path.name for path in BUNDLE.iterdir() if path.suffix in (".js", ".css")}
    assert kept == {path.name for path in made.iterdir()}
    for name in sorted(kept):
        assert (BUNDLE / name).read_bytes() == (made / name).read_bytes(), f"{name}: run make web"
