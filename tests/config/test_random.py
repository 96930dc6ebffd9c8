"""Whatever a configuration holds, it is refused in lines that a terminal can print, or it can be planned."""

import datetime
import json
import math
from collections import ChainMap
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cambench import methods
from cambench.config.read import resolve, typed
from cambench.errors import refuse
from cambench.plan import Plan, preprocessing
from cambench.plan.tried import weights_digest

SCHEMA = yaml.safe_load((ROOT / "workflow/cambench/config/schema.yaml").read_text(encoding="utf-8"))
PLACES = ("photos", ".", "nowhere", "", "package:not_there/x", "package:", "photos/000_0.png", "x" * 300, "\0")
WORDS = (
    *PLACES,
    *("a\nb", "\x1b[2Jconfig: fine", "\u202eevil", "é", "\ud800", "{network}", "{", "$(x)", "../up", "-n", "a" * 243),
    *("gradcam", "file", "tiny:Tiny", "no.such:thing", "resnet18", "IMAGENET1K_V1", "w.pth", "own"),
    *(r"_(?P<label>\d)", "(?P<label>", "**/*", "/*", "**x"),
)
USUAL = {
    "run": ["test"],
    "path": ["photos"],
    "glob": ["*.png", "**/*"],
    "pattern": [r"_(?P<label>\d)"],
    "factory": ["tiny:Tiny"],
    "cam": methods.names(),
    "published": ["reference/published.csv"],
}
SETTINGS = sorted({name for cam in methods.names() for name in methods.facts(cam).settings})
ODD = (math.nan, -math.inf, 2**64, -(10**4000), 1e308, -0.0, 2.0, datetime.date(2020, 1, 1), b"x", (1,), {"x"}, 1j)

words = st.sampled_from(WORDS) | st.text(max_size=20)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words | st.sampled_from(ODD)
keys = words | st.sampled_from([None, True, 1, 0.5, (1, 2), math.nan])
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


def mostly(usual, odd, one_in):
    return st.integers(1, one_in).flatmap(lambda dice: odd if dice == 1 else usual)


def fitting(schema, key=""):
    """Values that fit a part of the schema; one in thirty may be anything."""
    return mostly(_fitting(schema, key), anything, 30)


def _fitting(schema, key):
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", "object")
    return st.one_of([_of_kind(kind, schema, key) for kind in ([kinds] if isinstance(kinds, str) else kinds)])


def _of_kind(kind, schema, key):
    match kind:
        case "object":
            return _mapping(schema)
        case "array":
            return st.lists(fitting(schema["items"]), min_size=3, max_size=3)
        case "string":
            return mostly(st.sampled_from(USUAL.get(key, ["text"])), words, 4)
        case "integer":
            return st.integers(schema.get("minimum", -3), 10**6)
        case "number":
            return st.floats(0, 1)
        case "boolean":
            return st.booleans()
    return st.none()


def _mapping(schema):
    known = {key: fitting(inner, key) for key, inner in schema.get("properties", {}).items()}
    needed = {key: known.pop(key) for key in schema.get("required", []) if key in known}
    for choice in schema.get("oneOf", [{"required": []}])[-1]["required"]:
        needed[choice] = known.pop(choice)
    fixed = st.fixed_dictionaries(needed, optional=known)
    others = schema.get("additionalProperties")
    if not isinstance(others, dict):
        return fixed
    label = mostly(st.sampled_from(["a", "B", "c1", *SETTINGS]), words, 10)
    return st.dictionaries(label, fitting(others), min_size=schema.get("minProperties", 0), max_size=3)


def hostile(good):
    """The good configuration with other blocks in place of some of its own, or something else."""
    blocks = {key: fitting(inner, key) for key, inner in SCHEMA["properties"].items()}
    changes = [st.dictionaries(st.just(key), block, min_size=1, max_size=1) for key, block in blocks.items()]
    changed = st.lists(st.one_of(changes), max_size=3).map(lambda chosen: dict(ChainMap(*chosen, good)))
    return mostly(changed, _mapping(SCHEMA) | st.dictionaries(keys, anything, max_size=3), 5)


def planned(config):
    """Plan a configuration as far as that goes without opening networks: all that can end in a line of ours."""
    dataset = config.get("dataset")
    look = not isinstance(dataset, dict) or dataset.get("path") in PLACES  # other folders may be large
    full, errors = resolve(config, [], look=look)
    refuse(errors)
    for block in full["networks"].values() if look else ():
        weights_digest(block)
    refuse(preprocessing.unknown(full["networks"]))
    preprocessing.take_own(full["networks"])
    Plan(full, f"results/{full['run']}", lambda: None, lambda name: None, ROOT / "workflow" / "scripts")
    return full


@pytest.fixture
def folder(good, monkeypatch):
    """The good configuration's folder, in which all runs."""
    where = Path(good["dataset"]["path"]).parent
    monkeypatch.chdir(where)
    return {**good, "dataset": {**good["dataset"], "path": "photos"}}


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # shrinking takes minutes, and the traceback says enough
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_configuration_ends_in_a_traceback(folder, capsys, data):
    config = typed(data.draw(hostile(folder)))
    code, full = 0, None
    try:
        full = planned(config)
    except SystemExit as ended:
        code = ended.code
    lines = capsys.readouterr().err.splitlines()
    assert code == bool(lines)
    assert all(line.startswith("config: ") and line.isprintable() for line in lines)
    assert lines or json.loads(json.dumps(full, allow_nan=False)) == full
