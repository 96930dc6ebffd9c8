"""The page's data, put together from the parts beside this file."""

from dataclasses import asdict
from typing import Any

import polars as pl
import yaml

from ...errors import one_line
from .. import captions
from . import files, numbers, paper
from .sources import Sources
from .verdict import Verdict, verdicts

VERSION = 1  # of the object, raised when pages of another version cannot read it


def data(sources: Sources) -> dict[str, Any]:
    """One object of plain values; equal sources give equal objects. No number in it is NaN or infinite."""
    return {
        "version": VERSION,
        "run": sources.config["run"],
        "networks": _networks(sources),
        "methods": [{"name": name, **asdict(method)} for name, method in sources.methods.items()],
        "metrics": numbers.metrics(sources),
        "summary": numbers.summary(sources),
        **numbers.tables(sources),
        "of_the_set": numbers.of_the_set(sources),
        "curves": numbers.curves(sources),
        "layers": numbers.layers(sources),
        "rejected": [[one_line(row[name]) for name in ("path", "reason")] for row in sources.rejected.rows(named=True)],
        "verdict": [_plain(one) for one in verdicts(sources)],
        "confidence": sources.caption.bootstrap.confidence,
        "captions": _captions(sources),
        "methods_text": paper.paragraph(sources),
        "bibtex": paper.bibtex(sources),
        "config": yaml.safe_dump(dict(sources.config), sort_keys=False, allow_unicode=True),
        "files": files.links(sources.files, captions.of_figures(_trivial(sources), sources.frame)),
        "images": sources.images,
    }


def _trivial(sources: Sources) -> list[str]:
    """Titles of the methods whose maps hide next to nothing."""
    return [method.title for method in sources.methods.values() if method.trivial]


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {"network": verdict.network, "said": list(verdict.said), "doubts": list(verdict.doubts)}


def _networks(sources: Sources) -> list[dict[str, Any]]:
    found = []
    for name, title in sources.networks.items():
        rows, facts = sources.summary.filter(network=name), sources.facts[name]
        found.append(
            {
                "name": name,
                "title": title,
                "images": int(rows["images"][0]),
                "top1": numbers.number(rows["top1"].cast(pl.Float64)[0]),
                "random": facts["random"],
                "facts": numbers.facts(facts),
            }
        )
    return found


def _captions(sources: Sources) -> dict[str, str]:
    shown = sources.networks, sources.facts, sources.caption
    return {
        "short": captions.short(sources.frame, *shown),
        "long": captions.caption(sources.frame, sources.networks, sources.titles, sources.facts, sources.caption),
    }
