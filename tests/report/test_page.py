"""The page is one file: its data can be read back, and nothing that a user wrote is taken for HTML or script."""

import base64
import hashlib
import json
import re

import frames
import pages
import pytest

from cambench.errors import InputError
from cambench.report import bundle, page
from cambench.report.contents.data import data

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>&amp;\u2028"
METHODS = pages.methods(good="Good", fair="Fair", fair2="Fair, too", bad="Bad")


@pytest.fixture(scope="module")
def contents():
    return data(pages.sources(frames.levels(), frames.ONE, METHODS))


def test_it_is_deterministic_and_can_be_read_back(contents):
    html = page.page(contents)
    assert html == page.page(json.loads(json.dumps(contents)))
    assert page.read(html) == contents


def test_what_users_wrote_cannot_leave_its_place():
    found = data(pages.worst_case(EVIL))
    html = page.page(found)
    assert page.read(html) == found
    assert html.count("</script>") == 2
    assert html.count("<script") == 2
    assert "<img" not in html.replace(bundle.read("report")[0], "")
    assert re.search(r"<title>cambench: &lt;/script&gt;&lt;script&gt;", html)


def test_it_asks_for_nothing_and_runs_no_other_script(contents):
    html = page.page(contents)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)[1].replace("&#39;", "'")
    script = re.search(r"<script>(.*)</script>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert re.findall(r'(?:src|href)="([^"]+)"', html.partition("<script>")[0]) == ["../tables/summary.html"]


def test_a_served_page_may_ask_its_server_alone(contents):
    policy = re.search(r"connect-src [^;]+", page.page(contents, connects=True).replace("&#39;", "'"))[0]
    assert policy == "connect-src 'self'"


@pytest.mark.parametrize("kind", ["js", "css"])
def test_the_bundle_can_stand_in_the_page(kind):
    text = bundle.read("report")[kind == "css"]
    assert "</script" not in text
    assert "</style" not in text
    assert "<!--" not in text
    assert len(text) < 450_000


@pytest.mark.parametrize("html", ["", "<html></html>", '<script type="application/json" id="data">{</script>'])
def test_what_is_no_page_is_refused_in_one_line(html):
    with pytest.raises(InputError, match="the page has no data"):
        page.read(html)
