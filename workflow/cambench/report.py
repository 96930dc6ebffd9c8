"""Stage `report`: one HTML page with the table, the figures, the rejected files and where it all comes from."""

import base64
import html
import io
import json
from pathlib import Path

import pandas as pd
import polars as pl
import yaml

_STYLE = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:90em;padding:0 1em}img{max-width:100%}"


def page(tables: dict[str, str], figures: list[str], networks: list[dict], rejected: pl.DataFrame, config: dict) -> str:
    """The report, self-contained.

    **Arguments:** `tables` by title, HTML or CSV; `figures` paths of PNG and SVG files; `networks` as described by
    stage `networks`.
    """
    title = f"cambench: {html.escape(config['run'])}"
    shown = "".join(f'<p><img alt="{Path(path).stem}" src="{_data_url(path)}"></p>' for path in figures)
    sections = {
        **{name.title(): _table(text) for name, text in tables.items()},
        "Figures": shown,
        "Rejected files": _rejected(rejected),
        "Networks": _code(json.dumps(networks, indent=2)),
        "Configuration": _code(yaml.safe_dump(config, sort_keys=False)),
    }
    body = "".join(f"<h2>{name}</h2>{content}" for name, content in sections.items())
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>\n'


def _table(text: str) -> str:
    if text.lstrip().startswith("<"):
        return text
    return pd.read_csv(io.StringIO(text)).to_html(index=False, na_rep="–", float_format="{:.3g}".format, border=0)


def _data_url(path: str) -> str:
    kind = {"svg": "svg+xml"}.get(Path(path).suffix[1:], Path(path).suffix[1:])
    return f"data:image/{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


def _rejected(rejected: pl.DataFrame) -> str:
    if rejected.is_empty():
        return "<p>None.</p>"
    rows = "".join(f"<li>{html.escape(path)}: {html.escape(reason)}</li>" for path, reason in rejected.iter_rows())
    return f"<ul>{rows}</ul>"


def _code(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"
