"""The rules of the house: which way imports go, planning without torch, sizes, documented keys."""

import ast
import graphlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from projects import ROOT

from cambench.store.stages import STAGES

WORKFLOW = ROOT / "workflow"
PACKAGE = WORKFLOW / "cambench"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """Parts of the modules of this package that a file imports, below the package."""
    inside = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*inside[: len(inside) - node.level + 1], *(node.module or "").split("."))
            for alias in node.names:
                yield tuple(part for part in (*base, alias.name) if part)


def test_stages_do_not_import_each_other():
    stages = {path.stem for path in (PACKAGE / "stages").glob("[!_]*.py")}
    assert stages == set(STAGES) - {"images", "localisation"}  # which run no network, and have rooms of their own
    for stage in stages:
        found = {parts[1] for parts in imports(PACKAGE / "stages" / f"{stage}.py") if parts[0] == "stages"}
        assert not found & (stages - {stage}), stage


def test_imports_between_rooms_run_one_way():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    arrows = {}
    for path in MODULES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        arrows.setdefault(own, set()).update(parts[0] for parts in imports(path) if parts[0] != own)
    order = list(graphlib.TopologicalSorter(arrows).static_order())  # raises for a circle
    assert rooms <= {*order, "reference"}
    assert not arrows["errors"]
    assert arrows["masks"] == set()
    above = {"runs", "explore", "records", "command"}  # which read finished runs, or start new ones
    assert not any(arrows[room] & {"report", "estimate", "plan"} for room in rooms - above - {"reference"})


def test_planning_never_imports_torch(finished, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None  # import fails\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    said = finished.run("--dry-run", "--forceall", python=sys.executable).stdout
    assert "masked" in said
    assert finished.run("--list", python=sys.executable).stdout.count("\n") >= 25


def limits():
    yield from ((path, 250) for path in MODULES)
    yield from ((path, 15) for path in (WORKFLOW / "scripts").glob("*.py"))
    yield from ((path, 120) for path in (WORKFLOW / "rules").glob("*.smk"))
    yield WORKFLOW / "Snakefile", 120
    yield ROOT / "Snakefile", 6


@pytest.mark.parametrize(("path", "most"), list(limits()), ids=lambda value: getattr(value, "name", ""))
def test_size(path, most):
    lines = path.read_text().splitlines()
    if path.parent.name == "scripts":  # what an adapter does, without its imports
        lines = lines[next(n for n, line in enumerate(lines) if line.startswith("with job")) :]
    assert len(lines) <= most


def test_functions_are_short():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 40, f"{path}:{node.lineno} {node.name}"


def opens_text(call):
    """Whether a call opens a file as text, as far as its name tells."""
    owner, name = getattr(call.func, "value", None), getattr(call.func, "attr", getattr(call.func, "id", ""))
    if getattr(owner, "id", "") in ("Image", "os", "zarr"):
        return False
    modes = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return name in ("read_text", "write_text") or (name == "open" and not any("b" in mode for mode in modes))


def test_text_is_utf_8_whatever_the_locale_is():
    for path in [*MODULES, *(WORKFLOW / "scripts").glob("*.py")]:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for call in filter(opens_text, calls):
            assert any(keyword.arg == "encoding" for keyword in call.keywords), f"{path}:{call.lineno}"


def test_rules_have_docstrings_and_no_logic():
    """A menu for `snakemake --list`; and what is decided is decided in tested Python."""
    for path in [WORKFLOW / "Snakefile", *(WORKFLOW / "rules").glob("*.smk")]:
        text = path.read_text()
        for part in text.split("\nrule ")[1:] + text.split("\ncheckpoint ")[1:]:
            assert part.splitlines()[1].strip().startswith('"""'), f"{path}: {part.splitlines()[0]}"
        words = [line.split()[0].rstrip(":") for line in text.splitlines() if line.strip()]
        assert not {"def", "class", "while", "try"} & set(words), path


def test_pins_of_the_environments_agree_with_the_project():
    """Also with its extras: nobody is asked which of them an environment is to have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [dependency for name in ("timm", "hf") for dependency in project["optional-dependencies"][name]]
    ranges = {
        dependency.split(">")[0]: dependency.partition(">")[2] for dependency in [*project["dependencies"], *extras]
    }
    for file in ("torch", "tables"):
        environment = yaml.safe_load((ROOT / "envs" / f"{file}.yaml").read_text())["dependencies"]
        for pin in environment[1:]:
            name, _, version = pin.partition(" >")
            assert ranges[{"pytorch": "torch"}.get(name, name)] == version


def test_every_key_of_the_configuration_is_described():
    schema = yaml.safe_load((PACKAGE / "config" / "schema.yaml").read_text())
    page = (ROOT / "config" / "README.md").read_text()

    def walk(block, path):
        for key, sub in block.get("properties", {}).items():
            assert "description" in sub or "properties" in sub, f"{path}{key}"
            assert f"`{key}`" in page, f"{path}{key} is not in config/README.md"
            walk(sub, f"{path}{key}.")
            if isinstance(sub.get("additionalProperties"), dict):
                walk(sub["additionalProperties"], f"{path}{key}.")

    walk(schema, "")


@pytest.mark.skipif(shutil.which("ruff", path=Path(sys.executable).parent) is None, reason="ruff is not installed")
def test_ruff_looks_at_every_file():
    ruff = [Path(sys.executable).with_name("ruff"), "check", "--show-files"]
    said = subprocess.run(ruff, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert {str(path) for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]} <= set(said.splitlines())


def test_every_path_of_the_package_is_tested_from_the_repository_alone():
    for path in [*ROOT.glob("*.md"), *MODULES, *(ROOT / "tests").rglob("*.py")]:
        assert ("shared" + "/") not in path.read_text(), path
