"""Taking the demo shop out of the documents about stock: what real people did stays, with what it names."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select, union, update

from oms_app.db.queries.bins import bin_, placed
from oms_app.db.queries.catalogue import product
from oms_app.db.queries.counts import count
from oms_app.db.queries.counts import line as counted
from oms_app.db.queries.kits import kit_part
from oms_app.db.queries.lots import choice, entry, lot, repair
from oms_app.db.queries.mail import mail
from oms_app.db.queries.orders import line as sold
from oms_app.db.queries.products import detail, family
from oms_app.db.queries.purchasing import line as bought
from oms_app.db.queries.purchasing import order as purchase
from oms_app.db.queries.reorder import suggestion
from oms_app.db.queries.stock import level, movement, reservation
from oms_app.db.queries.suppliers import supplier, terms
from oms_app.db.queries.transfers import line, transfer
from oms_app.domain.counts import CountState
from oms_app.domain.purchasing import PurchaseState
from oms_app.domain.transfers import TransferState

_ordered = select(sold.c.product_id).where(sold.c.product_id.is_not(None))
_real_kits = select(product.c.id).where(product.c.kind == "kit", or_(~product.c.demo, product.c.id.in_(_ordered)))
PRODUCTS_IN_USE = union(
    *(select(each.c.product_id) for each in (line, counted, bought, reservation)),
    select(kit_part.c.part_id).where(kit_part.c.kit_id.in_(_real_kits)),
)
LOCATIONS_IN_USE = (
    *(select(transfer.c.origin_id), select(transfer.c.destination_id)),
    *(select(count.c.location_id), select(purchase.c.location_id)),
)


def drop_lots(tx: Connection, products: Select[Any], orders: Select[Any]) -> None:
    """Articles of the demo have no lots any more, also those that stay, and its orders choose none."""
    its = select(lot.c.id).where(lot.c.product_id.in_(products))
    kept = select(reservation.c.id).where(reservation.c.order_id.in_(orders))
    tx.execute(delete(choice).where(or_(choice.c.lot_id.in_(its), choice.c.reservation_id.in_(kept))))
    tx.execute(delete(entry).where(entry.c.lot_id.in_(its)))
    tx.execute(delete(lot).where(lot.c.product_id.in_(products)))
    tx.execute(update(level).where(level.c.product_id.in_(products)).values(lots=False, expired=0))
    tx.execute(update(product).where(product.c.id.in_(products)).values(lots=False))


def forget_movements(tx: Connection, gone: ColumnElement[bool]) -> None:
    """Entries of lots that name movements which go."""
    tx.execute(update(entry).where(entry.c.movement_id.in_(select(movement.c.id).where(gone))).values(movement_id=None))


def repair_lots(tx: Connection, at: datetime) -> None:
    """Lots of real articles hold again what is on hand, where orders of the demo took some."""
    for row in tx.execute(select(level.c.product_id, level.c.location_id).where(level.c.lots)).all():
        repair(tx, row.product_id, row.location_id, at)


def drop_kits_and_families(tx: Connection, products: Select[Any]) -> None:
    """What the products that go are made of, and the families that go with the last of them."""
    tx.execute(delete(kit_part).where(kit_part.c.kit_id.in_(products)))
    mine = select(detail.c.family_id).where(detail.c.product_id.in_(products), detail.c.family_id.is_not(None))
    theirs = list(tx.scalars(mine.distinct()))
    tx.execute(delete(detail).where(detail.c.product_id.in_(products)))
    stays = select(detail.c.family_id).where(detail.c.family_id == family.c.id).exists()
    tx.execute(delete(family).where(family.c.id.in_(theirs), ~stays))


def drop_transfers(tx: Connection, actors: list[str], products: Select[Any], locations: Select[Any]) -> None:
    """Transfers of the demo's own people, and those of anybody in which nothing moved."""
    names_demo = or_(
        transfer.c.origin_id.in_(locations),
        transfer.c.destination_id.in_(locations),
        transfer.c.id.in_(select(line.c.transfer_id).where(line.c.product_id.in_(products))),
    )
    idle = transfer.c.state.in_((TransferState.DRAFT, TransferState.CANCELLED))
    gone = list(tx.scalars(select(transfer.c.id).where(names_demo, or_(idle, transfer.c.created_by.in_(actors)))))
    tx.execute(delete(line).where(line.c.transfer_id.in_(gone)))
    tx.execute(delete(transfer).where(transfer.c.id.in_(gone)))


def drop_counts_and_bins(tx: Connection, actors: list[str], products: Select[Any], locations: Select[Any]) -> None:
    """Counts of the demo's own people, and those of anybody that posted nothing; bins of its places and products."""
    names_demo = or_(
        count.c.location_id.in_(locations),
        count.c.id.in_(select(counted.c.count_id).where(counted.c.product_id.in_(products))),
    )
    idle = count.c.state != CountState.POSTED
    gone = list(tx.scalars(select(count.c.id).where(names_demo, or_(idle, count.c.created_by.in_(actors)))))
    tx.execute(delete(counted).where(counted.c.count_id.in_(gone)))
    tx.execute(delete(count).where(count.c.id.in_(gone)))
    there = select(bin_.c.id).where(bin_.c.location_id.in_(locations))
    tx.execute(delete(placed).where(or_(placed.c.product_id.in_(products), placed.c.bin_id.in_(there))))
    tx.execute(delete(bin_).where(bin_.c.location_id.in_(locations)))


def drop_purchases(tx: Connection, actors: list[str], products: Select[Any], locations: Select[Any]) -> None:
    """Purchase orders of the demo's own people, and those of anybody that went nowhere; then the demo's suppliers."""
    theirs = select(supplier.c.id).where(supplier.c.demo)
    names_demo = or_(
        purchase.c.supplier_id.in_(theirs),
        purchase.c.location_id.in_(locations),
        purchase.c.id.in_(select(bought.c.purchase_order_id).where(bought.c.product_id.in_(products))),
    )
    idle = purchase.c.state.in_((PurchaseState.DRAFT, PurchaseState.CANCELLED))
    gone = list(tx.scalars(select(purchase.c.id).where(names_demo, or_(idle, purchase.c.created_by.in_(actors)))))
    tx.execute(delete(mail).where(mail.c.subject == "purchase_order", mail.c.subject_id.in_(gone)))
    tx.execute(delete(bought).where(bought.c.purchase_order_id.in_(gone)))
    tx.execute(delete(purchase).where(purchase.c.id.in_(gone)))
    tx.execute(delete(suggestion))  # worked out anew
    used = supplier.c.id.in_(select(purchase.c.supplier_id))
    tx.execute(update(supplier).where(supplier.c.demo, used).values(demo=False))
    tx.execute(delete(terms).where(or_(terms.c.supplier_id.in_(theirs), terms.c.product_id.in_(products))))
    tx.execute(delete(supplier).where(supplier.c.demo))
