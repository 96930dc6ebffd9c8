"""The report: one HTML file that holds its data, its script and its style, and asks nobody for anything."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from ..errors import InputError
from . import bundle

# What would end the script element, or the text of the page, if it stood in the data as it is.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}
_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
_POLICY = "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:{own}"
_POLICY += "; connect-src {connects}; base-uri 'none'; form-action 'none'"


def page(data: Mapping[str, Any], kind: str = "report", connects: bool = False) -> str:
    """The page as HTML: equal data give equal bytes.

    **Arguments:** `data` plain values, without numbers that are not finite, and with the run's name as `run`; `kind`
    names the bundle; `connects` whether the page may ask the server that it comes from, and nobody else.
    """
    script, style = bundle.read(kind)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(
        kind=kind,
        title=f"cambench: {data['run']}",
        policy=_policy(script, connects),
        style=style,
        script=script,
        data=_json(data),
    )


def read(html: str) -> dict[str, Any]:
    """The data of a page. **Raises:** `InputError` if it is no page of this package."""
    found = _DATA.search(html)
    try:
        data: dict[str, Any] = json.loads(found[1]) if found else {}
    except ValueError:
        data = {}
    if "run" not in data:
        raise InputError("the page has no data that this version of cambench can read; make it anew")
    return data


def _json(data: Mapping[str, Any]) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _policy(script: str, connects: bool) -> str:
    """Content security policy: the page's own script runs, and no other; it connects to nobody, or to its server."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    own, address = (" 'self'", "'self'") if connects else ("", "'none'")
    return _POLICY.format(scripts=f"'sha256-{digest}'", own=own, connects=address)
