"""GSTIN, PAN, IFSC and pictures are read as the law and the printer need them."""

import base64

import pytest

from oms_app.domain.company import MAX_PICTURE, read_gstin, read_ifsc, read_pan, read_picture
from oms_app.domain.errors import Malformed

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def data(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def test_a_gstin_is_read_with_its_state() -> None:
    registration = read_gstin(" 27aapfu 0939f1zv ")
    assert (registration.gstin, registration.state) == ("27AAPFU0939F1ZV", "Maharashtra")


def test_states_that_came_later_have_gstins_too() -> None:
    ladakh = next(
        f"38AAPFU0939F1Z{last}" for last in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if _fits(f"38AAPFU0939F1Z{last}")
    )
    assert read_gstin(ladakh).state == "Ladakh"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "15 characters"),
        ("27AAPFU0939F1Z", "15 characters"),
        ("27AAPFU0939F0ZV", "15 characters"),
        ("40AAPFU0939F1ZV", "No State has the code 40"),
        ("27AAPXU0939F1ZV", "PAN"),
        ("27AAPFU0939F1ZW", "last character"),
        ("29AAPFU0939F1ZV", "last character"),
    ],
)
def test_a_wrong_gstin_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_gstin(text)


def test_pan_and_ifsc_may_be_missing_but_not_wrong() -> None:
    assert (read_pan(""), read_ifsc("")) == ("", "")
    assert (read_pan("aapfu0939f"), read_ifsc("hdfc0001234")) == ("AAPFU0939F", "HDFC0001234")
    with pytest.raises(Malformed):
        read_pan("12345")
    with pytest.raises(Malformed):
        read_ifsc("HDFC1001234")


def test_a_picture_is_known_by_its_content_not_its_name() -> None:
    assert read_picture(data(PNG, "image/gif")) == data(PNG)
    assert read_picture(data(b"\xff\xd8\xff" + b"0" * 9, "image/jpeg")).startswith("data:image/jpeg;")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "too large",
        data(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        data(b"<html>", "image/png"),
        "data:image/png;base64,%%%",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_no_picture(bad: str) -> None:
    with pytest.raises(Malformed):
        read_picture(bad)


def test_a_picture_has_a_size_that_fits_a_document() -> None:
    assert read_picture(data(PNG + b"0" * (MAX_PICTURE - len(PNG))))
    with pytest.raises(Malformed, match="256 KB"):
        read_picture(data(PNG + b"0" * MAX_PICTURE))


def _fits(gstin: str) -> bool:
    try:
        read_gstin(gstin)
    except Malformed:
        return False
    return True
