"""Find the subcommand that is asked for, and run it. No other is imported, so that help is there at once."""

import argparse
import ast
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from .. import __version__
from ..errors import InputError, refuse

_HERE = Path(__file__).parent
_ABOUT = "Measure how good class activation maps are. Snakemake does the work; `cambench run` shows it."
_END = "`cambench COMMAND --help` describes a command. Start with: cambench init --images photographs"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{self.prog}: {message}; see {self.prog} --help")


def names() -> list[str]:
    """Names of the subcommands."""
    return sorted(path.stem for path in _HERE.glob("[!_]*.py"))


def main(given: Sequence[str] | None = None) -> None:
    """Run the command line `given`, by default that of the process; errors are one line, and exit with 1."""
    words = sys.argv[1:] if given is None else list(given)
    try:
        _run(words or ["--help"])
        sys.stdout.flush()
    except InputError as error:
        refuse([str(error)])
    except BrokenPipeError:  # `cambench show | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(words: list[str]) -> None:
    chosen = next((word for word in words if not word.startswith("-")), None)
    found = parser(chosen).parse_args(words)
    if found.command is None:
        raise InputError("cambench: name a command; see cambench --help")
    import_module(f".{found.command}", __package__).main(found)


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """The parser of all subcommands, with the arguments of the one that is chosen."""
    plain = argparse.RawDescriptionHelpFormatter
    whole = _Parser(prog="cambench", description=_ABOUT, epilog=_END, formatter_class=plain)
    whole.add_argument("--version", action="version", version=f"cambench {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name in names():
        text = _docstring(name)
        one = commands.add_parser(name, help=text.splitlines()[0], description=text, formatter_class=plain)
        if name == chosen:
            import_module(f".{name}", __package__).arguments(one)
    return whole


def _docstring(name: str) -> str:
    """The docstring of a subcommand, which is not imported for it."""
    source = (_HERE / f"{name}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or name
