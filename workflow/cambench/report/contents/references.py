"""Papers that a run rests on: `references.bib`, whose entries name the `methods` and `metrics` that they define."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

_ENTRY = re.compile(r"^@\w+\{(\w+),.*?^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+) = \{(.*)\},?$", re.MULTILINE)
_OURS = re.compile(r",?\n\s*(?:methods|metrics) = \{.*\}")  # what BibTeX has no use for
_ACCENTS = {"'": "\u0301", "`": "\u0300", '"': "\u0308"}


class Paper(NamedTuple):
    """An entry: its text for BibTeX, how a sentence cites it, and the methods and metrics that it defines."""

    text: str
    cited: str
    methods: frozenset[str]
    metrics: frozenset[str]


@functools.cache
def papers() -> dict[str, Paper]:
    """Every paper, by its key, in the order of the file."""
    text = Path(__file__).with_name("references.bib").read_text(encoding="utf-8")
    return {found[1]: _paper(found[0]) for found in _ENTRY.finditer(text)}


def of_method(cam: str) -> list[str]:
    """Key of the paper that defines a method of this package; none for one of the user's own."""
    return [key for key, paper in papers().items() if cam in paper.methods]


def of_metric(name: str) -> list[str]:
    """Key of the paper that defines a metric; none for one of the user's own."""
    return [key for key, paper in papers().items() if name in paper.metrics]


def cite(keys: Iterable[str]) -> str:
    """A citation as it stands in a sentence, in parentheses; nothing without a key.

    >>> cite(["byun2024"])
    ' (Byun and Lee, 2024)'
    """
    said = [papers()[key].cited for key in keys]
    return f" ({'; '.join(said)})" if said else ""


def bibtex(keys: Iterable[str]) -> str:
    """The entries of some keys, each once, in the order of the file."""
    wanted = set(keys)
    return "\n\n".join(paper.text for key, paper in papers().items() if key in wanted)


def _paper(entry: str) -> Paper:
    fields = dict(_FIELD.findall(entry))
    names = [frozenset(fields.get(kind, "").split(", ")) - {""} for kind in ("methods", "metrics")]
    return Paper(_OURS.sub("", entry), f"{_names(fields['author'].split(' and '))}, {fields['year']}", *names)


def _names(authors: Sequence[str]) -> str:
    """Last names of authors, as citations have them."""
    last = [_plain(author.partition(",")[0]) for author in authors]
    return f"{last[0]} et al." if len(last) > 2 else " and ".join(last)


def _plain(name: str) -> str:
    r"""A name without LaTeX's accents.

    >>> _plain(r'Bl{\"u}cher')
    'Blücher'
    """
    plain = re.sub(r"\{\\([\"'`])(\w)\}", lambda found: found[2] + _ACCENTS[found[1]], name)
    return unicodedata.normalize("NFC", plain)
