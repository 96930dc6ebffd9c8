"""One HTML page with the tables, the figures, the rejected files, the networks and the configuration."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import polars as pl
import yaml

from ..errors import one_line
from ..store.network import Network
from . import captions, formats, tables

# Tables that come as HTML, and the headings of their sections.
TABLES = {
    "summary": "Summary",
    "paper": "As papers print it",
    "layers": "By target layer",
    "published": "Published beside regenerated",
}
_KINDS = {".png": "png", ".svg": "svg+xml"}


@dataclass(frozen=True)
class Contents:
    """What the page shows.

    - `config`: the run's configuration.
    - `tables`: HTML of some of `TABLES`, by name; it is put into the page as it is.
    - `cost`: as `results.cost` measured it.
    - `figures`: paths of PNG and SVG files.
    - `facts`: those of each network, by name.
    - `rejected`: path and reason of each file that was not used.
    - `networks`, `methods`: titles by name; `trivial`: names of the methods whose map hides next to nothing.
    """

    config: Mapping[str, Any]
    tables: Mapping[str, str]
    cost: pl.DataFrame
    figures: Sequence[str]
    facts: Mapping[str, Network]
    rejected: pl.DataFrame
    networks: Mapping[str, str]
    methods: Mapping[str, str]
    trivial: Sequence[str] = ()


class _Figure(NamedTuple):
    name: str
    source: str
    caption: str


def page(contents: Contents) -> str:
    """The report: one HTML file that needs no other."""
    cost = formats.html(tables.cost(contents.cost, contents.networks, contents.methods))
    texts = captions.of_figures([contents.methods[name] for name in contents.trivial])
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(
        run=contents.config["run"],
        tables=[
            *((title, contents.tables[name]) for name, title in TABLES.items() if name in contents.tables),
            ("Cost", cost),
        ],
        figures=[_figure(Path(path), texts) for path in contents.figures],
        rejected=[[one_line(row[name]) for name in ("path", "reason")] for row in contents.rejected.rows(named=True)],
        networks=json.dumps(list(contents.facts.values()), indent=2),
        config=yaml.safe_dump(contents.config, sort_keys=False),
    )


def _figure(path: Path, texts: Mapping[str, str]) -> _Figure:
    """A figure whose source is the file itself, as a data URL."""
    data = base64.b64encode(path.read_bytes()).decode()
    return _Figure(path.stem, f"data:image/{_KINDS[path.suffix]};base64,{data}", texts[path.stem])
