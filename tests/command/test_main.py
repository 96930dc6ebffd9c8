"""The command itself: help, errors, and what it does not import."""

import subprocess
import sys

import pytest

from cambench import __version__
from cambench.command import _main

HEAVY = ("torch", "snakemake", "polars", "zarr", "matplotlib", "rich")


def run(capsys, *words):
    """Exit status and what is printed."""
    with pytest.raises(SystemExit) as ended:
        _main.main(words)
    return ended.value.code or 0, *capsys.readouterr()


def test_every_command_has_help_with_an_example(capsys):
    names = _main.names()
    assert {"check", "estimate", "init", "run", "show", "verify"} <= set(names)
    for name in names:
        status, said, _ = run(capsys, name, "--help")
        assert status == 0
        assert f"  cambench {name} " in said  # apart from the first line


def test_help_lists_the_commands(capsys):
    status, said, _ = run(capsys, "--help")
    assert status == 0
    assert "    run       Run a configuration" in said
    assert run(capsys)[1] == said  # without words, too


def test_help_imports_nothing_heavy():
    code = "import sys; sys.argv[1:] = ['--help']\nfrom cambench.command._main import main\ntry: main()\n"
    code += "except SystemExit: print(sorted(sys.modules), file=sys.stderr)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "commands:" in said.stdout
    loaded = set(said.stderr.strip("[]'\n").split("', '"))
    assert "cambench.command._main" in loaded
    assert not loaded & set(HEAVY)


def test_the_module_is_the_command_but_prints_the_path_of_the_workflow_without_arguments():
    def said(*words):
        return subprocess.run([sys.executable, "-m", "cambench", *words], capture_output=True, text=True).stdout

    assert said().strip().endswith("Snakefile")
    assert said("--version") == f"cambench {__version__}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fly"], "cambench: argument COMMAND: invalid choice: 'fly' (choose from "),
        (["--fast"], "cambench: unrecognized arguments: --fast; see cambench --help"),
        (["show"], "cambench show: the following arguments are required: results/RUN; see cambench show --help"),
        (["run"], "cambench run: the following arguments are required: my.yaml; see cambench run --help"),
        (["run", "lost.yaml"], "lost.yaml: no such file; name one, or a configuration that comes along: demo, "),
        (["show", "lost"], "lost: no such folder"),
    ],
)
def test_an_error_is_one_line(words, line, capsys):
    status, out, error = run(capsys, *words)
    assert (status, out) == (1, "")
    assert error.startswith(line)
    assert error.count("\n") == 1
