"""The server: one page, and what it asks for. It answers this machine alone, and changes nothing."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..errors import InputError, one_line
from ..report import page
from ..report.shown.order import Order
from ..runs.run import Run
from .images import Filter, Images

HOSTS = ["127.0.0.1", "localhost"]  # another name in a request is that of a page elsewhere that points here
_PAGE = "/report/index.html"
_CLOSED = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
_KEPT = {**_CLOSED, "Cache-Control": "private, max-age=31536000, immutable"}  # addresses have the run's digest


def application(run: Run) -> Starlette:
    """The server of a finished run. **Raises:** `InputError` if the run's page or its files cannot be read."""
    data = page.read(run.record.file("report/index.html").read_text(encoding="utf-8"))
    images = Images(run, [method["name"] for method in data["methods"] if method["control"]])
    at = f"/explore/{_digest(run.path / 'provenance.json')}"
    html = page.page({**data, "images": images.about(), "server": at}, connects=True)
    return Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse(_PAGE)),
            Route(_PAGE, lambda request: HTMLResponse(html, headers=_CLOSED)),
            Route("/favicon.ico", lambda request: Response(status_code=204)),  # which browsers ask for
            Mount(at, routes=_routes(images)),
            Mount("/", StaticFiles(directory=run.path)),  # the page's links to the run's files
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)],
        exception_handlers={InputError: _refused},
    )


def _routes(images: Images) -> list[Route]:
    """Functions that are not coroutines run in threads, so that a slow one holds no other up."""

    def rows(request: Request) -> Response:
        asked = request.query_params
        order = Order(**{name: asked[name] for name in ("by", "metric", "method", "a", "b") if asked.get(name)})
        which = Filter(asked.get("text", ""), asked.get("only", "all"))
        start, stop = (_number(asked.get(name, "")) for name in ("start", "stop"))
        found = images.window(asked.get("network", ""), order, which, slice(start, stop))
        return JSONResponse(found, headers=_KEPT)

    def photograph(network: str, image: int) -> Response:
        return Response(images.photograph(network, image), media_type="image/png", headers=_KEPT)

    def maps(network: str, method: str, image: int) -> Response:
        return Response(images.maps(network, method, image), media_type="application/octet-stream", headers=_KEPT)

    def curves(network: str, method: str, image: int) -> Response:
        return JSONResponse(images.curves(network, method, image), headers=_KEPT)

    return [
        Route("/rows", rows),
        Route("/photographs/{network}/{image:int}", _named(photograph)),
        Route("/maps/{network}/{method}/{image:int}", _named(maps)),
        Route("/curves/{network}/{method}/{image:int}", _named(curves)),
    ]


def _named(answer: Callable[..., Response]) -> Callable[[Request], Response]:
    """An endpoint that is given the parts of its path by name."""

    def endpoint(request: Request) -> Response:
        return answer(**request.path_params)

    return endpoint


def _refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse(one_line(str(error)), status_code=404, headers=_CLOSED)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise InputError(f"start and stop must be whole numbers, not {text[:20]!r}")
    return int(text)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
