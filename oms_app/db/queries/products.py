"""Families, attributes, pictures and rates of products: reads and writes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from oms_app.db.engine import insert as upsert
from oms_app.db.engine import is_sqlite
from oms_app.db.prepared import Prepared
from oms_app.db.queries.catalogue import product
from oms_app.db.queries.lists import among, packed
from oms_app.db.tables.products import ProductDetail, ProductFamily, ProductPicture, ProductRate

family = ProductFamily.__table__  # type: ignore[attr-defined]
detail = ProductDetail.__table__  # type: ignore[attr-defined]
picture = ProductPicture.__table__  # type: ignore[attr-defined]
rate = ProductRate.__table__  # type: ignore[attr-defined]
_PICTURES = 671_229

_THUMBNAILS = Prepared(
    lambda sqlite: (
        select(product.c.sku, picture.c.digest)
        .join(picture, picture.c.product_id == product.c.id)
        .where(among(product.c.sku, "skus", sqlite=sqlite))
        .order_by(picture.c.created_at.desc(), picture.c.id.desc())
    )
)


def detail_of(tx: Connection, product_id: int) -> Any | None:
    """What stands beside a product's row."""
    return tx.execute(select(detail).where(detail.c.product_id == product_id)).first()


def put_detail(tx: Connection, product_id: int, **values: Any) -> None:
    """Write beside a product's row."""
    statement = upsert(tx)(detail).values(product_id=product_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["product_id"], set_=values))


def family_coded(tx: Connection, code: str) -> Any | None:
    """A family by its code."""
    return tx.execute(select(family).where(family.c.code == code)).first()


def family_by_id(tx: Connection, family_id: int) -> Any:
    """A family."""
    return tx.execute(select(family).where(family.c.id == family_id)).one()


def put_family(tx: Connection, code: str, at: datetime, **values: Any) -> int:
    """Write a family, new or anew; returns its id."""
    statement = upsert(tx)(family).values(code=code, created_at=at, **values)
    return int(
        tx.execute(
            statement.on_conflict_do_update(index_elements=["code"], set_=values).returning(family.c.id)
        ).scalar_one()
    )


def variants(tx: Connection, family_id: int) -> list[Any]:
    """Products of a family with what they have of its options, by SKU."""
    query = (
        select(product.c.id, product.c.sku, product.c.active, detail.c.choices)
        .join(detail, detail.c.product_id == product.c.id)
        .where(detail.c.family_id == family_id)
        .order_by(product.c.id)
    )
    return list(tx.execute(query))


def pictures(tx: Connection, product_id: int) -> list[Any]:
    """Pictures of a product in their order."""
    mine = select(picture).where(picture.c.product_id == product_id)
    return list(tx.execute(mine.order_by(picture.c.created_at, picture.c.id)))


def put_first(tx: Connection, picture_id: int, before: datetime) -> None:
    """Let a picture stand before those that came at a moment or later."""
    tx.execute(update(picture).where(picture.c.id == picture_id).values(created_at=before - timedelta(milliseconds=1)))


def lock_picture(tx: Connection, digest: str) -> None:
    """Let one transaction at a time show a picture or drop its files. SQLite's writers are alone anyway."""
    if not is_sqlite(tx):
        tx.execute(select(func.pg_advisory_xact_lock(_PICTURES, func.hashtext(digest))))


def add_picture(tx: Connection, **values: Any) -> bool:
    """Insert a picture; False where the product has it."""
    statement = upsert(tx)(picture).values(**values).on_conflict_do_nothing().returning(picture.c.id)
    return tx.execute(statement).first() is not None


def remove_picture(tx: Connection, product_id: int, picture_id: int) -> str | None:
    """Take a picture off a product; its digest, None where it was not there."""
    mine = (picture.c.id == picture_id, picture.c.product_id == product_id)
    return tx.scalar(delete(picture).where(*mine).returning(picture.c.digest))


def is_shown(tx: Connection, digest: str) -> bool:
    """Whether any product has this picture."""
    return tx.execute(select(picture.c.id).where(picture.c.digest == digest).limit(1)).first() is not None


def rates(tx: Connection, product_id: int) -> list[Any]:
    """Rates of a product by the day they begin."""
    return list(tx.execute(select(rate).where(rate.c.product_id == product_id).order_by(rate.c.valid_from)))


def put_rate(tx: Connection, product_id: int, valid_from: date, **values: Any) -> None:
    """Write a rate that begins on a day, new or anew."""
    statement = upsert(tx)(rate).values(product_id=product_id, valid_from=valid_from, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["product_id", "valid_from"], set_=values))


def remove_rate(tx: Connection, product_id: int, valid_from: date) -> bool:
    """Take a rate away; False where there was none."""
    mine = (rate.c.product_id == product_id, rate.c.valid_from == valid_from)
    return bool(tx.execute(delete(rate).where(*mine)).rowcount)


def begun(tx: Connection, today: date, limit: int) -> list[Any]:
    """Rates whose day has come and that were never in force, oldest first."""
    query = select(rate).where(~rate.c.in_force, rate.c.valid_from <= today)
    return list(tx.execute(query.order_by(rate.c.valid_from).limit(limit)))


def mark_in_force(tx: Connection, product_id: int, today: date) -> None:
    """Note that every rate of a product that has begun was in force."""
    mine = (rate.c.product_id == product_id, rate.c.valid_from <= today)
    tx.execute(update(rate).where(*mine).values(in_force=True))


def page(
    tx: Connection, *, after_sku: str = "", words: str = "", family_id: int | None = None, limit: int = 50
) -> list[Any]:
    """A keyset page of products by SKU; `words` begin a SKU, are a barcode, or are part of a name."""
    query = select(product).where(product.c.sku > after_sku, *_fits(words)).order_by(product.c.sku).limit(limit)
    if family_id is not None:
        query = query.join(detail, detail.c.product_id == product.c.id).where(detail.c.family_id == family_id)
    return list(tx.execute(query))


def found(tx: Connection, *, words: str, after: str, limit: int) -> list[str]:
    """SKUs that such a page shows, after one of them."""
    query = select(product.c.sku).where(product.c.sku > after, *_fits(words))
    return list(tx.scalars(query.order_by(product.c.sku).limit(limit)))


def count_found(tx: Connection, *, words: str) -> int:
    """How many products have these words."""
    return tx.scalar(select(func.count()).select_from(product).where(*_fits(words))) or 0


def _fits(words: str) -> list[Any]:
    if not words:
        return []
    sku, name, low = func.lower(product.c.sku), func.lower(product.c.name), words.lower()
    begins, holds = sku.startswith(low, autoescape=True), name.contains(low, autoescape=True)
    return [or_(begins, holds, product.c.barcode == words)]


def attributes_of(tx: Connection, product_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Attributes by product."""
    query = select(detail.c.product_id, detail.c.attributes).where(detail.c.product_id.in_(list(product_ids)))
    return {row.product_id: row.attributes or {} for row in tx.execute(query)}


def thumbnails(tx: Connection, skus: Iterable[str]) -> dict[str, str]:
    """Digest of the first picture by SKU; articles without one are absent."""
    return {row.sku: row.digest for row in _THUMBNAILS.all(tx, skus=packed(tx, skus))}
