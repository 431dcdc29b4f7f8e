"""Families: variants generated from options, each a product of its own with its own stock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import products as rows
from oms_app.domain import products as rules
from oms_app.domain.errors import Conflict, Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.products import Family
from oms_app.services import catalogue as catalogue_service
from oms_app.services import events
from oms_app.services.catalogue import check_product
from oms_app.services.products import family_view
from oms_app.settings import get_settings


def get(actor: Actor, code: str) -> Family:
    """A family with its variants. Raises NotFound."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        row = rows.family_coded(tx, code)
        if row is None:
            raise NotFound(f"There is no family {code}.")
        return family_view(tx, row)


def grow(actor: Actor, code: str, *, like: str, options: Mapping[str, Sequence[str]]) -> Family:
    """Give a family's options more values; the new variants are sold as the product `like` is. Raises as `generate`."""
    family, model = get(actor, code), catalogue_service.product(actor, like)
    return generate(
        actor,
        code,
        name=family.name,
        options=options,
        price_micros=model.price_micros,
        tax_included=model.tax_included,
        hsn=model.hsn,
        gst_rate=Decimal(model.gst_rate) if model.gst_rate else None,
        weight_g=model.weight_g,
    )


def generate(
    actor: Actor,
    code: str,
    *,
    name: str,
    options: Mapping[str, Sequence[str]],
    price_micros: int = 0,
    tax_included: bool = True,
    hsn: str = "",
    gst_rate: Decimal | None = None,
    weight_g: int = 0,
) -> Family:
    """Make a product of each choice of the options; those that are there stay as they are, so that twice is once.

    Options may gain values later. Raises Malformed, Conflict where a SKU belongs to another product.
    """
    actor.require(Permission.EDIT_PRODUCTS)
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise Malformed("A family needs a code, which its SKUs begin with, and a name.")
    wanted = rules.read_options(options)
    check_product(price_micros=price_micros, weight_g=weight_g, gst_rate=gst_rate)
    now = datetime.now(UTC)
    with transaction() as tx:
        known = rows.family_coded(tx, code)
        if known is not None and [each for each, _ in known.options] != list(wanted):
            names = ", ".join(each for each, _ in known.options)
            raise Conflict(f"The family {code} has the options {names}. They can gain values, not change.")
        family_id = rows.put_family(tx, code, now, name=name, options=[[each, list(v)] for each, v in wanted.items()])
        have = [row.choices for row in rows.variants(tx, family_id)]
        missing = [choices for choices in rules.combinations(wanted) if choices not in have]
        skus = [rules.variant_sku(code, choices) for choices in missing]
        if len(set(skus)) < len(skus):
            raise Malformed("Two of the values make the same SKU: spell them apart.", details={"field": "options"})
        if taken := catalogue.products_by_sku(tx, skus):
            raise Conflict(f"There is a product with the SKU {sorted(taken)[0]} already.")
        for sku, choices in zip(skus, missing, strict=True):
            product_id = catalogue.add_product(
                tx,
                sku=sku,
                name=rules.variant_name(name, choices),
                kind="goods",
                price_micros=price_micros,
                currency=get_settings().currency,
                tax_included=tax_included,
                hsn=hsn,
                gst_rate=gst_rate,
                barcode="",
                weight_g=weight_g,
                active=True,
                demo=False,
                created_at=now,
            )
            rows.put_detail(tx, product_id, family_id=family_id, choices=choices)
            events.record(
                tx, actor, "product_added", subject="product", subject_id=product_id, after={"sku": sku}, at=now
            )
        return family_view(tx, rows.family_coded(tx, code))
