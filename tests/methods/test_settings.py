"""What planning knows of a method is read from its source, and refused in one line where it says nothing usable."""

import inspect
import math
import subprocess
import sys

import pytest
from conftest import ROOT

from cambench import methods
from cambench.errors import InputError
from cambench.methods._settings import Range, Setting
from cambench.methods._source import Facts, read

ALL = """
import torch_is_not_imported
from typing import Annotated, Literal

RELU: bool = False
RESOLUTION = "input"
PASSES: str = "channels"
HEADS = "positions"
OTHER: int = 3

def cam(
    batch,
    *,
    text: str = "",
    number: float = 0.5,
    flag: bool = False,
    bare=3,
    choice: Literal["a", "b"] = "b",
    single: Literal["a"] = "a",
    count: Annotated[int, Range(1)] = 2,
    share: Annotated[float, Range(0, 1)] = 0.5,
    width: Annotated[float, Range(above=0)] = 1.5,
    below: Annotated[int, Range(most=-1)] = -2,
):
    ...
"""
SETTINGS = [
    Setting("text", "str", ""),
    Setting("number", "float", 0.5),
    Setting("flag", "bool", False),
    Setting("bare", "int", 3),
    Setting("choice", "str", "b", ("a", "b")),
    Setting("single", "str", "a", ("a",)),
    Setting("count", "int", 2, range=Range(1)),
    Setting("share", "float", 0.5, range=Range(0, 1)),
    Setting("width", "float", 1.5, range=Range(above=0)),
    Setting("below", "int", -2, range=Range(most=-1)),
]


@pytest.fixture
def said(tmp_path):
    """What is said against a method's file: `said(source)`."""

    def read_source(source):
        (tmp_path / "mine.py").write_text(source)
        with pytest.raises(InputError) as error:
            read(tmp_path / "mine.py")
        return str(error.value).removeprefix(f"{tmp_path}/mine.py: ")

    return read_source


def test_facts_are_read_without_importing(tmp_path):
    (tmp_path / "mine.py").write_text(ALL)
    facts = read(tmp_path / "mine.py")
    assert (facts.relu, facts.resolution, facts.costly) == (False, "input", True)
    assert (facts.passes, facts.heads) == ("channels", "positions")
    assert list(facts.settings.values()) == SETTINGS
    assert list(facts.settings) == [setting.name for setting in SETTINGS]


def test_defaults_of_facts(tmp_path):
    (tmp_path / "mine.py").write_text("RELU: bool\n\ndef cam(batch):\n    return batch\n")
    assert read(tmp_path / "mine.py") == Facts(relu=True, resolution="layer", looks=False, settings={})


def test_controls_say_so_and_every_method_says_what_it_is(tmp_path):
    assert {name for name in methods.names() if methods.facts(name).control} >= {"centre", "fakecam", "random"}
    assert not methods.facts("gradcam").control
    assert methods.facts("gradcam").about.startswith("Grad-CAM: sum_k mean(g_k) A_k (Selvaraju et al., ICCV 2017")
    (tmp_path / "mine.py").write_text("CONTROL = 1\ndef cam(batch):\n    return batch\n")
    with pytest.raises(InputError, match="CONTROL must be true or false"):
        read(tmp_path / "mine.py")


def test_methods_that_ask_nothing_of_the_network():
    asking = {name for name in methods.names() if methods.facts_with(name, {}).looks}
    assert set(methods.names()) - asking == {"centre", "fakecam", "file", "random", "sobel"}


def test_a_method_that_changes_maps_asks_what_the_other_one_asks():
    facts = methods.facts_with("degraded", {"cam": "scorecam"})
    assert (facts.passes, facts.costly, facts.control) == ("channels", True, True)
    assert methods.involved("degraded", {"cam": "scorecam"}) == ["degraded", "scorecam"]
    assert methods.involved("degraded", {}) == ["degraded", "gradcam"]
    assert methods.involved("gradcam", {}) == ["gradcam"]
    assert methods.images_at_once("degraded", 32, {"cam": "scorecam"}) == 4
    assert not methods.facts_with("degraded", {"cam": "centre"}).looks


@pytest.mark.parametrize(
    ("check", "checked"),
    [
        ("", set()),
        ("def check(network):\n    return None\n", set()),
        ("def check(network, *, k=1):\n    return None\n", {"k"}),
        ("def check(network, m=1, other=2):\n    return None\n", {"m"}),
        ("from ._attention import needs_attention as check\n", {"k", "m"}),  # which the source does not say
        ("check = print\n", {"k", "m"}),
    ],
)
def test_settings_that_check_takes(tmp_path, check, checked):
    (tmp_path / "mine.py").write_text(f"def cam(batch, *, k: int = 1, m: int = 2):\n    return batch\n\n{check}")
    assert read(tmp_path / "mine.py").checked == checked


@pytest.mark.parametrize("name", methods.names())
def test_the_source_says_of_checks_what_the_function_says(name):
    check = getattr(methods._module(name), "check", None)
    taken = inspect.signature(check).parameters.keys() if check else set()
    assert methods.facts(name).checked == taken & methods.facts(name).settings.keys()


@pytest.mark.parametrize(
    ("constant", "reason"),
    [
        ("RELU = 0", "RELU must be true or false, not 0"),
        ("RELU: int = 0", "RELU must be true or false, not 0"),
        ("A = RELU = None", "RELU must be true or false, not None"),
        ("COSTLY = True", 'COSTLY is now PASSES = "channels" or HEADS = "channels"'),
        ('PASSES = "samples"', "PASSES must be one of 'channels', 'levels', 'positions', not 'samples'"),
        ("PASSES = 3", "PASSES must be text, not 3"),
        ('PASSES = "channels * k"', "PASSES must be one of 'channels', 'levels', 'positions', not 'k'"),
        ('PASSES = "channels *"', "PASSES must be one of 'channels', 'levels', 'positions', not ''"),
        ("WORK = 0", "WORK must be above 0, not 0"),
        ('OF = "cam"', "OF must be one of '', not 'cam'"),
        ('HEADS = "all"', "HEADS must be one of 'channels', 'positions', not 'all'"),
        (
            'RESOLUTION = "inptu"',
            "RESOLUTION must be one of 'layer', 'input', 'file', not 'inptu'; did you mean 'input'?",
        ),
    ],
)
def test_constants_that_say_nothing_usable(said, constant, reason):
    assert said(f"{constant}\n\ndef cam(batch):\n    return batch\n") == reason


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("k", "setting 'k' has an annotation or a default that cannot be read"),
        ("k=None", "setting 'k' has an annotation or a default that cannot be read"),
        ("k=[1]", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: int = 2 * n", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: int | None = 2", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: Annotated[int, Range(n)] = 2", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: Annotated[int, Range(low=1)] = 2", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: Literal[1, 2] = 1", "setting 'k' has an annotation or a default that cannot be read"),
        ("k: int = 0.5", "default of k must be a whole number, not 0.5"),
        ("k: Annotated[int, Range(1)] = 0", "default of k must be at least 1, not 0"),
        ("k: Literal['a', 'b'] = 'c'", "default of k must be one of 'a', 'b', not 'c'"),
    ],
)
def test_settings_that_say_nothing_usable(said, declared, reason):
    assert said(f"def cam(batch, *, {declared}):\n    return batch\n") == reason


@pytest.mark.parametrize(
    "signature",
    ["probe, images, classes, *, k=1", "*, k=1", "batch, k=1", "batch, *settings", "batch, **settings"],
)
def test_another_contract_is_refused(said, signature):
    reason = "cam must take one batch and then settings by keyword: cam(batch, *, setting=default)"
    assert said(f"def cam({signature}):\n    ...\n") == reason


def test_files_that_are_no_methods(said):
    assert said("def cam(batch):\n    return batch.\n") == "line 2: invalid syntax"
    assert said("def gradcam(batch):\n    return batch\n") == "has no function cam(batch, *, settings)"
    assert said("") == "has no function cam(batch, *, settings)"
    assert "null bytes" in said("\0")
    assert said(f"x = {'-' * 100_000}1") == "nested too deeply for Python"


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(InputError, match=r"folder\.py: Is a directory$"):
        read(tmp_path / "folder.py")


@pytest.mark.parametrize(
    ("setting", "good", "bad"),
    [
        (Setting("k", "int", 0), [0, -3, 10**30], [0.0, True, "1", None, [1]]),
        (Setting("k", "float", 0.0), [0, 0.5, -1e300, 10**400], [math.nan, math.inf, -math.inf, False, "0.5", None]),
        (Setting("k", "bool", False), [True, False], [0, 1, "true", None]),
        (Setting("k", "str", ""), ["", "x"], [0, None, ["x"]]),
        (Setting("k", "str", "a", ("a", "b")), ["a", "b"], ["", "A", 0, None, ["a"]]),
        (Setting("k", "int", 1, range=Range(1)), [1, 2], [0, -1, 1.0]),
        (Setting("k", "float", 1, range=Range(0, 1)), [0, 0.0, 0.5, 1], [-1e-9, 1.0001, math.nan]),
        (Setting("k", "float", 1, range=Range(above=0)), [1e-300, 5], [0, 0.0, -1]),
    ],
)
def test_values(setting, good, bad):
    assert [setting.refusal(value) for value in good] == [None] * len(good)
    for value in bad:
        line = setting.refusal(value)
        assert line.startswith("k must be ")
        assert line.endswith(f", not {value!r}")


def test_bounds_are_named():
    share = Setting("share", "float", 0.5, range=Range(0, 1))
    assert share.refusal(-1) == "share must be at least 0, not -1"
    assert share.refusal(2) == "share must be at most 1, not 2"
    assert Setting("width", "float", 1, range=Range(above=0)).refusal(0) == "width must be above 0, not 0"


@pytest.mark.parametrize("name", methods.names())
def test_every_method_keeps_what_its_file_says(name):
    facts = methods.facts(name)
    assert all(setting.refusal(setting.default) is None for setting in facts.settings.values())
    assert methods.load(name).__name__ == "cam"


def test_names_are_those_of_files():
    assert "gradcam" in methods.names()
    assert not any(name.startswith("_") for name in methods.names())
    assert methods.images_at_once("scorecam", 32) == 4
    assert methods.images_at_once("scorecam", 1) == 1
    assert methods.images_at_once("gradcam", 32) == 32
    assert methods.images_at_once("rise", 32) == 4  # hundreds by a setting


def test_refusal_of_a_network():
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert methods.refusal("cam", {"linear_head": False}) == reason
    assert methods.refusal("cam", {"linear_head": True}) is None
    assert methods.refusal("gradcam", {"linear_head": False}) is None


def test_a_file_that_cannot_be_imported(tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    monkeypatch.setattr(methods, "__path__", [str(tmp_path)])
    (tmp_path / "raises.py").write_text("def cam(batch):\n    return batch\n\n\nraise ValueError('two\\nlines')\n")
    with pytest.raises(InputError, match=r"raises\.py: cannot be imported: ValueError: two lines$"):
        methods.load("raises")


def test_a_check_that_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_FOLDER", tmp_path)
    monkeypatch.setattr(methods, "__path__", [str(tmp_path)])
    (tmp_path / "fails.py").write_text(
        "def cam(batch):\n    return batch\n\n\ndef check(network):\n    network['gone']\n"
    )
    with pytest.raises(InputError, match=r"fails\.py: its check fails: KeyError: 'gone'$"):
        methods.refusal("fails", {})


def test_reading_facts_imports_no_torch():
    code = "import sys\nfrom cambench import methods\nfor name in methods.names():\n    methods.facts(name)\n"
    code += "assert not {'torch', 'numpy', 'polars'} & set(sys.modules)\n"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "workflow")
