"""Pictures of products: looked at before they are kept, turned upright, kept in two sizes under their digest."""

import hashlib
import io
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import products as rows
from oms_app.domain.errors import Malformed, NotFound, Refused
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.products import MOST_PICTURES, PICTURE_BYTES, SIDES, ProductFile
from oms_app.services import events
from oms_app.services.products import file_of, found
from oms_app.settings import get_settings

_KINDS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 50_000_000
_DIGEST = re.compile(r"[0-9a-f]{40}")


def add(actor: Actor, sku: str, content: bytes) -> ProductFile:
    """Put a JPEG, PNG or WebP on a product; the same one twice is there once.

    The content is looked at, not the name. Raises Malformed, Refused for too many or too large ones, NotFound.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    if len(content) > PICTURE_BYTES:
        raise Refused(f"A picture has up to {PICTURE_BYTES // 1_000_000} MB.", code="too_large")
    picture = _opened(content)
    digest = hashlib.sha256(content).hexdigest()[:40]
    with reading() as tx:
        found(tx, sku)
    _keep(picture, digest)  # before the lock, since it takes a while
    with transaction() as tx:
        rows.lock_picture(tx, digest)
        product = found(tx, sku)
        known = rows.pictures(tx, product.id)
        if len(known) >= MOST_PICTURES and digest not in {each.digest for each in known}:
            raise Refused(f"A product has up to {MOST_PICTURES} pictures: take one off first.", code="too_many")
        if rows.add_picture(
            tx,
            product_id=product.id,
            digest=digest,
            width=picture.width,
            height=picture.height,
            created_at=datetime.now(UTC),
        ):
            after = {"picture": digest[:12], "width": picture.width, "height": picture.height}
            events.record(tx, actor, "picture_added", subject="product", subject_id=product.id, after=after)
        _keep(picture, digest)  # where the last product that showed it has lost it meanwhile
        return file_of(tx, product)


def make_first(actor: Actor, sku: str, picture_id: int) -> ProductFile:
    """Put a picture before the others: it stands beside the product in lists and on orders. Raises NotFound."""
    actor.require(Permission.EDIT_PRODUCTS)
    with transaction() as tx:
        product = found(tx, sku)
        known = rows.pictures(tx, product.id)
        wanted = next((each for each in known if each.id == picture_id), None)
        if wanted is None:
            raise NotFound(f"{sku} has no picture {picture_id}.")
        if wanted != known[0]:
            rows.put_first(tx, picture_id, known[0].created_at)
            was, now = {"picture": known[0].digest[:12]}, {"picture": wanted.digest[:12]}
            about = {"subject": "product", "subject_id": product.id}
            events.record(tx, actor, "picture_put_first", before=was, after=now, **about)
        return file_of(tx, product)


def remove(actor: Actor, sku: str, picture_id: int) -> ProductFile:
    """Take a picture off a product. Raises NotFound."""
    actor.require(Permission.EDIT_PRODUCTS)
    with transaction() as tx:
        product = found(tx, sku)
        digest = rows.remove_picture(tx, product.id, picture_id)
        if digest is None:
            raise NotFound(f"{sku} has no picture {picture_id}.")
        was = {"picture": digest[:12]}
        events.record(tx, actor, "picture_removed", subject="product", subject_id=product.id, before=was)
        view = file_of(tx, product)
    _drop(digest)
    return view


def file(actor: Actor, digest: str, size: str) -> Path:
    """The file of a picture in one of its sizes. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    if not _DIGEST.fullmatch(digest) or size not in SIDES:
        raise NotFound("There is no such picture.")
    with reading() as tx:
        shown = rows.is_shown(tx, digest)
    path = _path(digest, size)
    if not shown or not path.is_file():
        raise NotFound("There is no such picture.")
    return path


def _opened(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as seen:
            if seen.width * seen.height > _MOST_PIXELS:
                raise Malformed("The picture has more than 50 million pixels.")
            upright = ImageOps.exif_transpose(seen)
            return upright.convert("RGBA" if "A" in upright.getbands() else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Malformed("A picture is a JPEG, PNG or WebP file.", details={"field": "picture"}) from None


def _keep(picture: Image.Image, digest: str) -> None:
    """Write the files that are not there; of several who do so at once, each writes its own and the last one stays."""
    for size, side in SIDES.items():
        path = _path(digest, size)
        if path.is_file():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        small = picture.copy()
        small.thumbnail((side, side))
        part = path.with_suffix(f".{uuid.uuid4().hex}.part")
        try:
            small.save(part, "WEBP", quality=82)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _drop(digest: str) -> None:
    """Delete the files of a picture that no product shows: after the row is gone for good, and while none is added."""
    with transaction() as tx:
        rows.lock_picture(tx, digest)
        if not rows.is_shown(tx, digest):
            for size in SIDES:
                _path(digest, size).unlink(missing_ok=True)


def _path(digest: str, size: str) -> Path:
    return get_settings().data_dir / "files" / "pictures" / digest[:2] / f"{digest}-{size}.webp"
