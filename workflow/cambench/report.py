"""Stage `report`: one HTML page with the tables, the figures, the rejected files and where it all comes from."""

import base64
import html
import io
import json
from pathlib import Path

import pandas as pd
import polars as pl
import yaml

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:90em;padding:0 1em}img{max-width:100%}"
    "figure{margin:2em 0}figcaption{max-width:50em;color:#444}"
    ".cost{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}"
    ".cost th,.cost td{padding:.25em .7em;text-align:right}.cost thead th{border-bottom:1px solid currentColor}"
    + "".join(f".cost {cell}:nth-child({column}){{text-align:left}}" for cell in ("th", "td") for column in (1, 2, 3))
)
_SECTIONS = {
    "summary": "Summary",
    "paper": "As papers print it",
    "published": "Published beside regenerated",
    "cost": "Cost",
}
_FIGURES = {
    "gallery": "Each method's map over the photographs, with the probability of the class that it leaves and its ADCC.",
    "adcc": "ADCC and the three metrics that it is the harmonic mean of, with their intervals; the best ADCC on top.",
    "fooled": "Rank of each method: a map that hides nothing wins by Average Drop and Average Increase.",
    "pairwise": "Differences of ADCC between methods, on the same images.",
    "ranks": "How firm the order of the methods is when the images are drawn anew, and how far metrics agree on it.",
    "curves": "Probability of the class as the most salient pixels are deleted or inserted; bands: 95 % over images.",
}
# Column of cost.csv: heading, format, factor.
_COST = {
    "model": ("Model", "{}", 1),
    "method": ("Method", "{}", 1),
    "stage": ("Stage", "{}", 1),
    "images": ("Images", "{:,.0f}", 1),
    "jobs": ("Jobs", "{:,.0f}", 1),
    "passes": ("Passes an image", "{:,.1f}", 1),
    "seconds": ("Seconds an image", "{:.3g}", 1),
    "operations": ("GFLOP an image", "{:,.2f}", 1e-9),
    "share": ("Share of the machine's limit (%)", "{:.1f}", 100),
    "peak_memory": ("Peak memory of a job (MB)", "{:,.0f}", 1),
}


def page(tables: dict[str, str], figures: list[str], networks: list[dict], rejected: pl.DataFrame, config: dict) -> str:
    """The report, self-contained.

    **Arguments:** `tables` by name, HTML, and `cost` as CSV; `figures` paths of PNG and SVG files; `networks` as
    described by stage `networks`.
    """
    title = f"cambench: {html.escape(config['run'])}"
    sections = {
        **{_SECTIONS[name]: _cost(text) if name == "cost" else text for name, text in tables.items()},
        "Figures": "".join(map(_figure, figures)),
        "Rejected files": _rejected(rejected),
        "Networks": _code(json.dumps(networks, indent=2)),
        "Configuration": _code(yaml.safe_dump(config, sort_keys=False)),
    }
    body = "".join(f"<h2>{name}</h2>{content}" for name, content in sections.items())
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>\n'


def _cost(text: str) -> str:
    table = pd.read_csv(io.StringIO(text))
    for name, (_, form, factor) in _COST.items():
        table[name] = ["–" if pd.isna(value) else form.format(value * factor) for value in table[name]]
    return table.rename(columns={name: heading for name, (heading, *_) in _COST.items()}).to_html(
        index=False, classes="cost", border=0
    )


def _figure(path: str) -> str:
    name, kind = Path(path).stem, Path(path).suffix[1:].replace("svg", "svg+xml")
    data = base64.b64encode(Path(path).read_bytes()).decode()
    image = f'<img alt="{name}" src="data:image/{kind};base64,{data}">'
    return f"<figure>{image}<figcaption>{_FIGURES[name]}</figcaption></figure>"


def _rejected(rejected: pl.DataFrame) -> str:
    if rejected.is_empty():
        return "<p>None.</p>"
    rows = "".join(f"<li>{html.escape(path)}: {html.escape(reason)}</li>" for path, reason in rejected.iter_rows())
    return f"<ul>{rows}</ul>"


def _code(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"
