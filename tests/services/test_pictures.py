"""Pictures are looked at, made small, shown only while a product has them."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from oms_app.db.engine import on_commit
from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.permissions import Role
from oms_app.domain.products import MOST_PICTURES, PICTURE_BYTES
from oms_app.services import pictures, products
from oms_app.settings import get_settings
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def drawn(colour: str = "red", kind: str = "PNG", size: tuple[int, int] = (8, 4), **options: object) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def kept() -> list[Path]:
    """Files that are kept."""
    return sorted(path for path in (get_settings().data_dir / "files").rglob("*") if path.is_file())


def test_a_picture_is_turned_upright_made_small_and_kept_once() -> None:
    sku, turned = make.product("KUR"), Image.Exif()
    turned[0x0112] = 6  # the camera was held on its side
    photo = drawn(kind="JPEG", size=(1600, 800), exif=turned)
    once, twice = pictures.add(make.ADMIN, sku, photo), pictures.add(make.ADMIN, sku, photo)
    (picture,) = once.pictures
    assert (twice, picture.width, picture.height) == (once, 800, 1600)
    with Image.open(pictures.file(make.ADMIN, picture.digest, "small")) as small:
        assert (small.format, small.size) == ("WEBP", (80, 160))
    assert len(kept()) == 2
    with pytest.raises(NotFound):
        pictures.file(make.ADMIN, picture.digest, "../small")


def test_the_files_go_with_the_last_product_that_shows_them() -> None:
    ours = [make.product(sku) for sku in ("A", "B")]
    first, second = (pictures.add(make.ADMIN, sku, drawn()).pictures[0] for sku in ours)
    with pytest.raises(NotFound):
        pictures.remove(make.ADMIN, "A", second.id)
    assert pictures.remove(make.ADMIN, "A", first.id).pictures == ()
    assert pictures.file(make.ADMIN, first.digest, "large").is_file()
    pictures.remove(make.ADMIN, "B", second.id)
    assert kept() == []


def test_any_picture_can_be_the_first_and_stands_for_the_product() -> None:
    make.product("A"), make.product("B")
    pictures.add(make.ADMIN, "B", drawn("red"))
    for colour in ("red", "green", "blue"):
        red, *others = pictures.add(make.ADMIN, "A", drawn(colour)).pictures
    green, blue = others
    assert pictures.make_first(make.ADMIN, "A", blue.id).pictures == (blue, red, green)
    assert pictures.make_first(make.ADMIN, "A", green.id).pictures == (green, blue, red)
    assert pictures.make_first(make.ADMIN, "A", green.id).pictures == (green, blue, red)
    assert {row.product.sku: row.picture for row in products.page(make.ADMIN)} == {"A": green.digest, "B": red.digest}
    assert [step.kind for step in products.history(make.ADMIN, "A")].count("picture_put_first") == 2
    with pytest.raises(NotFound):
        pictures.make_first(make.ADMIN, "B", green.id)


def test_the_same_picture_comes_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    skus, save, both = [make.product(sku) for sku in ("A", "B")], Image.Image.save, threading.Barrier(2, timeout=20)

    def saves(*args: Any, **options: Any) -> None:
        save(*args, **options)
        both.wait()

    photo = drawn()
    monkeypatch.setattr(Image.Image, "save", saves)
    with ThreadPoolExecutor(2) as people:
        first, second = people.map(lambda sku: pictures.add(make.ADMIN, sku, photo), skus)
    assert first.pictures[0].digest == second.pictures[0].digest
    assert {path.suffix for path in kept()} == {".webp"}
    assert len(kept()) == 2


def test_a_picture_that_is_added_while_the_last_product_loses_it_has_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    make.product("A"), make.product("B"), make.product("C")
    photo = drawn()
    (old,) = pictures.add(make.ADMIN, "A", photo).pictures
    ready = pictures._keep

    def loses(*given: Any) -> None:
        monkeypatch.setattr(pictures, "_keep", ready)
        ready(*given)
        pictures.remove(make.ADMIN, "A", old.id)

    monkeypatch.setattr(pictures, "_keep", loses)
    (new,) = pictures.add(make.ADMIN, "B", photo).pictures
    assert len(kept()) == 2

    def takes(_events: list[int]) -> None:
        stop()
        pictures.add(make.ADMIN, "C", photo)

    stop = on_commit(takes)
    pictures.remove(make.ADMIN, "B", new.id)
    assert len(kept()) == 2


def test_people_who_add_and_remove_one_picture_never_miss_its_files() -> None:
    skus, photo = [make.product(sku) for sku in ("A", "B")], drawn()

    def changes_their_mind(sku: str) -> None:
        for _ in range(12):
            (picture,) = pictures.add(make.ADMIN, sku, photo).pictures
            assert pictures.file(make.ADMIN, picture.digest, "large").is_file()
            pictures.remove(make.ADMIN, sku, picture.id)

    with ThreadPoolExecutor(2) as people:
        assert list(people.map(changes_their_mind, skus)) == [None, None]
    assert kept() == []


def test_what_is_no_picture_too_large_or_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sku = make.product("KUR")
    for wrong in (b"", b"<svg onload=alert(1)>", drawn(kind="GIF"), drawn()[:40]):
        with pytest.raises(Malformed):
            pictures.add(make.ADMIN, sku, wrong)
    monkeypatch.setattr(pictures, "_MOST_PIXELS", 30)
    with pytest.raises(Malformed):
        pictures.add(make.ADMIN, sku, drawn())
    monkeypatch.undo()
    with pytest.raises(Refused):
        pictures.add(make.ADMIN, sku, b" " * (PICTURE_BYTES + 1))
    with pytest.raises(Forbidden):
        pictures.add(make.actor(Role.SERVICE), sku, drawn())
    assert kept() == []
    for shade in range(MOST_PICTURES):
        pictures.add(make.ADMIN, sku, drawn(f"#0000{shade:02x}"))
    with pytest.raises(Refused):
        pictures.add(make.ADMIN, sku, drawn())
    assert len(products.get(make.ADMIN, sku).pictures) == MOST_PICTURES
