"""A browser: the distribution's Chromium, in which no page may err, or ask anybody for anything."""

import json
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright
from projects import ROOT

WEB = ROOT / "workflow" / "web"
_OFFLINE = ("file", "data", "blob", "about")
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "these tests need the distribution's chromium: make test-all installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watch:
    """What a page said that it should not have, and whom it asked."""

    def __init__(self, page):
        self.errors, self.asked, self._page = [], [], page
        page.on("console", lambda message: message.type in ("error", "warning") and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _request(self, request):
        asked, own = urlsplit(request.url), urlsplit(self._page.url)
        first = request.is_navigation_request()
        if not first and asked.scheme not in _OFFLINE and (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
            self.asked.append(request.url)


@pytest.fixture
def open_page(chromium):
    """A function that makes a page, given options of its context, such as `color_scheme`."""
    contexts, watched = [], []

    def new(**options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        watched.append(Watch(page))
        return page

    yield new
    for context in contexts:
        context.close()
    assert [watch.errors for watch in watched] == [[]] * len(watched)
    assert [watch.asked for watch in watched] == [[]] * len(watched)


@pytest.fixture
def page(open_page):
    """A page of 1280 x 900 pixels."""
    return open_page()


@pytest.fixture(scope="session")
def axe():
    """A function that returns what axe-core finds serious or critical in a page, as `rule: elements`."""
    source = WEB / "node_modules" / "axe-core" / "axe.min.js"
    assert source.is_file(), "these tests need axe-core: make test-all installs it"
    script = source.read_text()

    def serious(page):
        page.evaluate(script)  # as a debugger does, which the page's policy does not concern
        found = json.loads(page.evaluate("axe.run().then((found) => JSON.stringify(found.violations))"))
        bad = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        return [f"{rule['id']}: {node['html'][:200]}" for rule in bad for node in rule["nodes"]]

    return serious
