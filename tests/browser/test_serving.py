"""The pages reach a browser quickly, safely and wherever the shop is served."""

import gzip
import http.client
import re
import urllib.request
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.servers import Shop


def test_the_front_page_shows_the_sign_in_form(page: Page, empty_shop: Shop) -> None:
    page.goto(empty_shop.url)
    expect(page.get_by_label("Email")).to_be_visible()
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


def test_scripts_of_the_front_page_weigh_at_most_330_kb(empty_shop: Shop) -> None:
    _, html = empty_shop.get("/")
    scripts = set(re.findall(r'"(/assets/[^"]+\.js)"', html.decode()))
    total = 0
    for script in scripts:
        request = urllib.request.Request(empty_shop.url + script, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            body = answer.read()
        assert gzip.decompress(body)
        total += len(body)
    assert 0 < total <= 330_000


def test_every_answer_carries_the_security_headers(empty_shop: Shop) -> None:
    for path in ("/", "/nowhere", "/ping"):
        connection = http.client.HTTPConnection(urlsplit(empty_shop.url).netloc)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        connection.close()


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
