"""Digests cover what runs: the closure of an adapter's own imports, and not comments."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from projects import ROOT

from cambench.provenance import digests

SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
# Adapters of jobs that run a network.
OF_NETWORKS = {"networks", "predictions", "channel_scores", "saliency", "masked", "curves", "estimate"}
ASKED = {"complement", "road", "perturbations", "other_class", "random_weights", "sensitivity"}
OF_NETWORKS |= ASKED & {path.stem for path in SCRIPTS}
# Imports of each adapter, one after the other, and which modules of cambench they bring; torch stays imported.
LOADED = """
import json, sys
found = {}
for path in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] == "cambench"]:
        del sys.modules[name]
    exec(open(path).read().partition("\\nwith job(")[0])
    found[path] = sorted(name for name in sys.modules if name.split(".")[0] == "cambench")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded():
    command = [sys.executable, "-c", LOADED, *map(str, SCRIPTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT / "workflow")
    return json.loads(done.stdout)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_digest_covers_every_module_that_is_imported(script, loaded):
    covered = digests.imports(script)
    assert set(loaded[str(script)]) <= covered
    torch = {name for name in covered if name.startswith(("cambench.networks.", "cambench.stages.masked"))}
    assert bool(torch) == (script.stem in {*OF_NETWORKS, "machine"})


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package whose modules a test may edit."""
    root = tmp_path / "workflow"
    shutil.copytree(ROOT / "workflow", root, ignore=shutil.ignore_patterns("__pycache__", "web"))
    monkeypatch.setattr(digests, "_PACKAGE", root / "cambench")
    monkeypatch.setattr(digests, "_ROOT", root)
    module = digests._module.__wrapped__

    def once(name):
        if name not in KNOWN:
            KNOWN[name] = module(name)
        return KNOWN[name]

    monkeypatch.setattr(digests, "_parse", digests._parse.__wrapped__)  # files that were not edited are parsed once
    monkeypatch.setattr(digests, "_module", once)
    forget()
    yield root
    forget()


KNOWN = {}  # what was read of each module


def forget(*edited):
    """What was read of modules that are edited now, or of all."""
    for name in edited or list(KNOWN):
        KNOWN.pop(name, None)


def of_all(root, *edited):
    """Digests of all adapters, by their names; only modules that are `edited` are read again, if some are named."""
    forget(*edited)
    return {path.stem: digests.code_digest(path) for path in (root / "scripts").glob("*.py")}


def test_an_edit_of_any_module_changes_the_jobs_that_import_it(package):
    """Each module in turn, against the closures of the adapters as they are."""
    covered = {path.stem: digests.imports(path) for path in (package / "scripts").glob("*.py")}
    before = of_all(package)
    seen = set()
    for file in sorted((package / "cambench").rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = file.read_text()
        file.write_text(text + "\nEDITED = 1\n")
        after = of_all(package, name)
        file.write_text(text)
        forget(name)
        changed = {adapter for adapter, digest in after.items() if digest != before[adapter]}
        assert changed == {adapter for adapter, modules in covered.items() if name in modules}, name
        seen |= {name} if changed else set()
    assert {"cambench.job", "cambench.store.reader", "cambench.masks", "cambench.metrics.adcc"} <= seen
    assert "cambench.plan.plan" not in seen


def test_what_reruns_for_some_modules(package):
    """The table of what an edit costs."""
    before = of_all(package)
    expected = {
        "networks/probe.py": OF_NETWORKS,
        "networks/flops.py": {"networks", "machine"},
        "stages/masked.py": {"masked", "estimate"},
        "stages/curves.py": {"curves", "estimate"},
        "masks.py": {"masked", "curves", "estimate", "gallery", "complement", "road", "sensitivity", *LOCATED} | TITLED,
        "metrics/adcc.py": {"estimate", "localisation_tables", "verify"} | TITLED,
        "further.py": {"estimate", "metrics", "verify"},  # no job that runs the network
        "provenance/command.py": {"provenance", "verify"},
        "provenance/versions.py": {"finish"},
        "report/page.html.jinja": {"report"},
        "report/bundle/report.js": {"report"},
        "report/contents/references.bib": {"report"},
        "results/bootstrap.py": {"summary", "tables", "layers", "report", "published", "localisation_tables"},
    }
    for name, adapters in expected.items():
        file = package / "cambench" / name
        text = file.read_text()
        file.write_text(text + "\nEDITED = 1\n")
        after = of_all(package)
        file.write_text(text)
        assert {adapter for adapter in after if after[adapter] != before[adapter]} == adapters, name


# Adapters that take titles and directions of metrics from the metrics' files.
TITLED = {"summary", "tables", "published", "figures", "curve_figure", "layers", "layer_figure", "report", "help"}
TITLED |= {"sample_size", "collect", "metrics"}
LOCATED = {"localisation", "localisation_tables", "verify"}


def test_comments_docstrings_and_layout_do_not_count(package):
    before = of_all(package)
    file = package / "cambench" / "masks.py"
    text = file.read_text()
    file.write_text(text.replace('"""U(S), float32', '"""Other words, U(S), float32', 1) + "\n\n# A comment.\n")
    assert of_all(package) == before
    file.write_text(text.replace("_FLAT = 1e-14", "_FLAT = 1e-13"))
    assert of_all(package)["metrics"] != before["metrics"]


def test_a_method_counts_with_what_it_imports(package):
    adapter = package / "scripts" / "saliency.py"
    before = digests.code_digest(adapter, "methods.gradcam"), digests.code_digest(adapter, "methods.layercam")
    file = package / "cambench" / "methods" / "gradcam.py"
    file.write_text(file.read_text().replace(".sum(1)", ".sum(1) + 0"))
    forget()
    assert digests.code_digest(adapter, "methods.gradcam") != before[0]
    assert digests.code_digest(adapter, "methods.layercam") == before[1]
    with pytest.raises(ModuleNotFoundError):
        digests.code_digest(adapter, "methods.none")


def test_large_files_are_hashed_once(tmp_path):
    file, cache = tmp_path / "weights.pth", tmp_path / "cache"
    file.write_bytes(b"some")
    digest = digests.file_digest(file, cache)
    known, remembered = next(cache.iterdir()), "0" * 64
    known.write_text(remembered)
    assert digests.file_digest(file, cache) == remembered
    file.write_bytes(b"other")
    assert digests.file_digest(file, cache) not in (digest, remembered)


@pytest.mark.parametrize("damage", [b"", b"half", b"0" * 63, b"0" * 65, b"\xff" * 64])
def test_a_damaged_memory_is_not_trusted(tmp_path, damage):
    """A disk that was full left it empty."""
    file, cache = tmp_path / "weights.pth", tmp_path / "cache"
    file.write_bytes(b"some")
    digest = digests.file_digest(file, cache)
    known = next(cache.iterdir())
    known.write_bytes(damage)
    assert digests.file_digest(file, cache) == digest == hashlib.sha256(b"some").hexdigest()
    assert known.read_text() == digest


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path):
    file, cache = tmp_path / "weights.pth", tmp_path / "cache"
    file.write_bytes(b"some")
    cache.write_text("a file, where the folder would be")
    assert digests.file_digest(file, cache / "inner") == hashlib.sha256(b"some").hexdigest()


def test_digest_of_a_folder_follows_names_sizes_and_times(tmp_path):
    file, cache = tmp_path / "maps.zarr" / "c" / "0", tmp_path / "cache"
    file.parent.mkdir(parents=True)
    seen = set()

    def is_new():
        before = len(seen)
        seen.add(digests.tree_digest(tmp_path / "maps.zarr", cache))
        return len(seen) > before

    file.write_bytes(b"one")
    assert is_new()
    assert not is_new()
    file.write_bytes(b"longer")
    assert is_new()
    os.utime(file, ns=(0, 0))
    assert is_new()
    file.rename(file.with_name("1"))
    assert is_new()
