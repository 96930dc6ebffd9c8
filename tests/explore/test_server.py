"""What the server answers, and what it refuses."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
import synthetic

from cambench.report import page


def ask(address, path, method="GET", **headers):
    """Status, headers and body of an answer; the path goes out as it is written."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.fixture(scope="session")
def data(address):
    """What the served page holds."""
    return page.read(ask(address, "/report/index.html")[2].decode())


def test_the_page_is_the_report_with_a_server(address, data, made):
    written = page.read((made / "report/index.html").read_text())
    assert {key: value for key, value in data.items() if key not in ("images", "server")} == {
        key: value for key, value in written.items() if key != "images"
    }
    assert data["images"]["networks"]["net"]["about"]["total"] == 40
    status, headers, body = ask(address, "/report/index.html")
    assert status == 200
    assert "connect-src &#39;self&#39;" in body.decode() or "connect-src 'self'" in body.decode()
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_root_leads_to_the_page(address):
    status, headers, _ = ask(address, "/")
    assert (status, headers["Location"]) == (307, "/report/index.html")


def test_rows(address, data):
    query = "rows?network=net&by=pair&metric=adcc&a=gradcam&b=scorecam&start=0&stop=5&only=wrong"
    status, headers, body = ask(address, f"{data['server']}/{query}")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert "immutable" in headers["Cache-Control"]
    found = json.loads(body)
    assert (found["total"], len(found["columns"]["images"])) == (10, 5)


def test_files_that_the_page_links_to(address):
    assert ask(address, "/manifest.parquet")[2][:4] == b"PAR1"
    status, headers, body = ask(address, "/metrics.parquet", Range="bytes=0-3")
    assert (status, headers["Content-Range"].partition("/")[0], body) == (206, "bytes 0-3", b"PAR1")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0", ""])
def test_other_hosts_are_refused(address, data, host):
    """As a page elsewhere would ask for, whose name was made to point to this machine."""
    for path in ("/report/index.html", f"{data['server']}/maps/net/gradcam/0", "/manifest.parquet"):
        status, _, body = ask(address, path, Host=host)
        assert (status, body) == (400, b"Invalid host header")


def test_this_machines_names_are_not(address):
    port = urlsplit(address).port
    for host in ("localhost", "127.0.0.1", f"localhost:{port}"):
        assert ask(address, "/report/index.html", Host=host)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/../outside", "/%2e%2e/outside", "/tables/..%2f..%2foutside", "//etc/passwd", "/..%5coutside", "/link", "/"],
)
def test_nothing_outside_the_run_is_served(address, made, path):
    (made.parent / "outside").write_text("secret")
    (made / "link").unlink(missing_ok=True)
    (made / "link").symlink_to(made.parent / "outside")
    status, _, body = ask(address, path)
    assert status in (307, 404)
    assert b"secret" not in body


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("rows?network=net", "start and stop must be whole numbers"),
        ("rows?network=net&start=-1&stop=3", "start and stop must be whole numbers"),
        ("rows?network=net&start=0&stop=3&by=x", "order: 'x' is none of"),
        ("rows?network=x&start=0&stop=3", "has networks net"),
        ("maps/net/..%2f/0", ""),
        ("maps/net/gradcam/40", "no image 40"),
        ("maps/net/gradcam/-1", ""),
        ("photographs/nope/0", "has networks net"),
    ],
)
def test_what_the_run_lacks_is_one_line(address, data, path, said):
    status, _, body = ask(address, f"{data['server']}/{path}")
    assert status == 404
    assert said in body.decode()
    assert body.count(b"\n") == 0


def test_nothing_can_be_changed(address, data):
    for method in ("POST", "PUT", "DELETE"):
        assert ask(address, "/manifest.parquet", method)[0] == 405
        assert ask(address, f"{data['server']}/maps/net/gradcam/0", method)[0] == 405


def test_photographs_are_pictures(address, data):
    status, headers, body = ask(address, f"{data['server']}/photographs/net/3")
    assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_every_method_is_told_of(data):
    assert list(data["images"]["networks"]["net"]["about"]["methods"]) == list(synthetic.CAMS)
