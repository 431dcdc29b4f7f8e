"""The pages reach a browser quickly, safely and wherever the shop is served."""

import http.client
import re
import urllib.request
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from oms_app.settings import PAGES
from tests.servers import Shop


def test_the_front_page_shows_the_sign_in_form(page: Page, empty_shop: Shop) -> None:
    page.goto(empty_shop.url)
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_page_talks_to_the_port_it_came_from(page: Page, empty_shop: Shop) -> None:
    with page.expect_websocket() as opened:
        page.goto(empty_shop.url)
    assert urlsplit(opened.value.url).netloc == urlsplit(empty_shop.url).netloc


def test_the_page_talks_to_the_host_name_it_came_from(page: Page, empty_shop: Shop) -> None:
    with page.expect_websocket() as opened:
        page.goto(empty_shop.url.replace("127.0.0.1", "localhost"))
    with opened.value.expect_event("framereceived"):
        pass
    assert urlsplit(opened.value.url).hostname == "localhost"


def test_another_site_cannot_open_the_websocket(empty_shop: Shop) -> None:
    assert _handshake(empty_shop, origin="http://elsewhere.example") == 403
    assert _handshake(empty_shop, origin="null") == 403
    assert _handshake(empty_shop, origin=empty_shop.url) == 101


def test_a_proxy_may_rename_the_host(empty_shop: Shop) -> None:
    headers = {"X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https"}
    assert _handshake(empty_shop, origin="https://shop.example", **headers) == 101


def test_no_page_but_analytics_loads_more_than_330_kb_of_scripts(empty_shop: Shop) -> None:
    sizes: dict[str, int] = {}
    for page in PAGES.rglob("index.html"):
        scripts = set(re.findall(r'"(/assets/[^"]+\.js)"', page.read_text()))
        for script in scripts - sizes.keys():
            sizes[script] = _compressed_size(empty_shop, script)
        path = page.parent.relative_to(PAGES).as_posix()
        assert scripts, path
        assert "analytics" in path or sum(sizes[script] for script in scripts) <= 330_000, path


def test_every_answer_carries_the_security_headers(empty_shop: Shop) -> None:
    for path in ("/", "/nowhere", "/ping"):
        connection = http.client.HTTPConnection(urlsplit(empty_shop.url).netloc)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        connection.close()


def _compressed_size(shop: Shop, path: str) -> int:
    request = urllib.request.Request(shop.url + path, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        body = answer.read()
    assert answer.headers["content-encoding"] == "gzip" or len(body) < 256  # smaller ones would not shrink
    return len(body)


def _handshake(shop: Shop, *, origin: str, **headers: str) -> int:
    """The status of a websocket handshake."""
    connection = http.client.HTTPConnection(urlsplit(shop.url).netloc)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin}
    path = "/_event/?token=8f4a&EIO=4&transport=websocket"
    connection.request("GET", path, headers=upgrade | key | headers)
    status = connection.getresponse().status
    connection.close()
    return status
