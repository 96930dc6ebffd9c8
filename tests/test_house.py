"""The rules of the house: stages don't import each other, planning never imports torch, modules stay small."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from cambench import provenance

PACKAGE = ROOT / "workflow" / "cambench"
STAGES = {"manifest", "images", "networks", "predictions", "saliency", "masked", "metrics", "tables"}
STAGES |= {"curves", "comparison", "published", "cost", "figures", "comparison_figures", "curve_figure"}
STAGES |= {"gallery", "report"}


def imports(path):
    tree = ast.parse(path.read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return {(node.module or alias.name).split(".")[0] for node in nodes for alias in node.names}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_stages_do_not_import_each_other(stage):
    assert not imports(PACKAGE / f"{stage}.py") & (STAGES - {stage})


def test_planning_never_imports_torch():
    files = [ROOT / "workflow" / name for name in ("prepare.smk", "common.smk")]
    lines = [line for file in files for line in file.read_text().splitlines() if line.startswith("from cambench")]
    assert len(lines) == 3
    code = "\n".join(lines) + "\nimport sys\nassert 'torch' not in sys.modules\n"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "workflow")


def limits():
    yield from ((path, 250) for path in PACKAGE.rglob("*.py"))
    yield from ((path, 15) for path in (ROOT / "workflow" / "scripts").glob("*.py"))
    yield from ((path, 120) for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    yield from ((path, 250) for path in (ROOT / "workflow").glob("*.smk"))
    yield ROOT / "Snakefile", 40


@pytest.mark.parametrize(("path", "most"), list(limits()), ids=lambda value: getattr(value, "name", ""))
def test_size(path, most):
    lines = path.read_text().splitlines()
    if path.parent.name == "scripts":  # what an adapter does, without its imports
        lines = lines[next(n for n, line in enumerate(lines) if line.startswith("with job")) :]
    assert len(lines) <= most


def test_pins_of_the_environments_agree_with_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    ranges = {dependency.split(">")[0]: dependency.partition(">")[2] for dependency in project}
    for file in ("torch", "tables"):
        environment = yaml.safe_load((ROOT / "envs" / f"{file}.yaml").read_text())["dependencies"]
        for pin in environment[1:]:
            name, _, version = pin.partition(" >")
            assert ranges[{"pytorch": "torch"}.get(name, name)] == version


def test_every_key_of_the_configuration_is_described():
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())
    page = (ROOT / "config" / "README.md").read_text()

    def walk(block, path):
        for key, sub in block.get("properties", {}).items():
            assert "description" in sub or "properties" in sub, f"{path}{key}"
            assert f"`{key}`" in page, f"{path}{key} is not in config/README.md"
            walk(sub, f"{path}{key}.")
            if isinstance(sub.get("additionalProperties"), dict):
                walk(sub["additionalProperties"], f"{path}{key}.")

    walk(schema, "")


def test_digest_follows_the_code_and_not_the_comments(tmp_path, monkeypatch):
    package = tmp_path / "cambench"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text('"""Doc."""\nfrom .b import f\nx = f()\n')
    (package / "b.py").write_text("def f():\n    return 1\n")
    (package / "c.py").write_text("y = 1\n")
    monkeypatch.setattr(provenance, "_PACKAGE", package)
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)

    def digest():
        provenance._closure.cache_clear()
        provenance._parse.cache_clear()
        return provenance.code_digest("a")

    first = digest()
    (package / "a.py").write_text('"""Other."""\n# a comment\nfrom .b import f\n\n\nx = f()\n')
    (package / "c.py").write_text("y = 2\n")
    assert digest() == first
    (package / "b.py").write_text("def f():\n    return 2\n")
    assert digest() != first
    with pytest.raises(ModuleNotFoundError):
        provenance.code_digest("none")


def test_every_path_of_the_package_is_tested_from_the_repository_alone():
    for path in [*ROOT.glob("*.md"), *PACKAGE.rglob("*.py"), *Path(ROOT, "tests").rglob("*.py")]:
        assert ("shared" + "/") not in path.read_text(), path
