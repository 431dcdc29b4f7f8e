"""What a seller offers at Amazon: its articles page by page, and the units that it may sell of each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from oms_app.domain import money
from oms_app.domain.channels import Article, Level, Told
from oms_app.domain.errors import Malformed, Rejected
from oms_app.integrations.channels.amazon.client import GET_LISTING, PATCH_LISTING, SEARCH_LISTINGS, Client
from oms_app.integrations.channels.amazon.fulfil import written

_A_PAGE = 20
_OURS = "DEFAULT"
"""Amazon's code of stock that the seller ships; every other is a warehouse of Amazon's."""
_ANY = "PRODUCT"
_MOST_WALKED = 1_000
"""Amazon shows no more of one search; the next one begins where that ended."""


def articles(client: Client, page: str) -> tuple[tuple[Article, ...], str]:
    """Articles by the time they were put up, a page; `page` is (since, seen of this search, Amazon's token)."""
    since, seen, token = _place(page)
    said = client.call(
        SEARCH_LISTINGS,
        {
            "marketplaceIds": client.marketplace.id,
            "includedData": "summaries,offers,fulfillmentAvailability",
            "sortBy": "createdDate",
            "sortOrder": "ASC",
            "createdAfter": since or None,
            "pageSize": str(_A_PAGE),
            "pageToken": token or None,
        },
        seller=client.seller,
    )
    found = tuple(_article(item, client.marketplace.id) for item in said["items"])
    following = (said.get("pagination") or {}).get("nextToken") or ""
    if following and following == token:
        raise Rejected("Amazon answers the same page of articles again and again.")
    seen += len(found)
    if following and seen < _MOST_WALKED:
        return found, f"{since} {seen} {following}"
    if said["numberOfResults"] <= seen or not found:
        return found, ""
    last = max(filter(None, (_created(item, client.marketplace.id) for item in said["items"])), default="")
    if not last or last == since:
        raise Rejected(f"Amazon shows only {seen:,} of {said['numberOfResults']:,} articles, all put up at one moment.")
    return found, f"{last} 0 "


def tell(client: Client, levels: Sequence[Level]) -> tuple[Told, ...]:
    """Set the units of each article, one call each; articles that Amazon ships itself are left alone."""
    known = dict(_known(client, [level.sku for level in levels]))
    return tuple(_tell(client, Level(each.sku, max(each.available, 0)), known.get(each.sku)) for each in levels)


def _known(client: Client, skus: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Listings by SKU of those that there are."""
    plain = [sku for sku in dict.fromkeys(skus) if "," not in sku]
    for start in range(0, len(plain), _A_PAGE):
        said = client.call(
            SEARCH_LISTINGS,
            {
                "marketplaceIds": client.marketplace.id,
                "identifiersType": "SKU",
                "identifiers": ",".join(plain[start : start + _A_PAGE]),
                "includedData": "summaries,fulfillmentAvailability",
                "pageSize": str(_A_PAGE),
            },
            seller=client.seller,
        )
        yield from ((item["sku"], item) for item in said["items"])
    for sku in dict.fromkeys(sku for sku in skus if "," in sku):  # Amazon's lists are divided by commas
        query = {"marketplaceIds": client.marketplace.id, "includedData": "summaries,fulfillmentAvailability"}
        try:
            yield sku, client.call(GET_LISTING, query, seller=client.seller, sku=sku)
        except Rejected as refusal:
            if refusal.details.get("status") != 404:
                raise


def _tell(client: Client, level: Level, item: Mapping[str, Any] | None) -> Told:
    if item is None:
        return Told(level.sku, level.available, "Amazon has no listing with this SKU.")
    codes = {each["fulfillmentChannelCode"] for each in item.get("fulfillmentAvailability") or ()}
    if codes - {_OURS} and _OURS not in codes:
        return Told(level.sku, level.available, "Amazon ships this article itself (FBA) and counts it itself.")
    body = {
        "productType": _summary(item, client.marketplace.id).get("productType") or _ANY,
        "patches": [
            {
                # merged, because what is replaced loses its handling time and restock date
                "op": "merge",
                "path": "/attributes/fulfillment_availability",
                "value": [{"fulfillment_channel_code": _OURS, "quantity": level.available}],
            }
        ],
    }
    query = {"marketplaceIds": client.marketplace.id}
    try:
        said = client.call(PATCH_LISTING, query, body, seller=client.seller, sku=level.sku)
    except Rejected as refusal:
        if refusal.details.get("status") not in (400, 404):
            raise
        return Told(level.sku, level.available, refusal.message)
    if said["status"] == "ACCEPTED":
        return Told(level.sku, level.available)
    errors = [each["message"] for each in said.get("issues") or () if each.get("severity") == "ERROR"]
    return Told(level.sku, level.available, " ".join(errors) or f"Amazon said {said['status']}.")


def _article(item: Mapping[str, Any], marketplace: str) -> Article:
    summary = _summary(item, marketplace)
    prices = [each for each in item.get("offers") or () if each["marketplaceId"] == marketplace]
    price = next((each["price"]["amount"] for each in prices if each["offerType"] == "B2C"), None)
    ours = [each for each in item.get("fulfillmentAvailability") or () if each["fulfillmentChannelCode"] == _OURS]
    return Article(
        external_id=summary.get("asin") or item["sku"],
        sku=item["sku"],
        title=summary.get("itemName") or item["sku"],
        price_micros=money.to_micros(price) if price is not None else None,
        available=ours[0].get("quantity") if ours else None,
    )


def _summary(item: Mapping[str, Any], marketplace: str) -> Mapping[str, Any]:
    found = [each for each in item.get("summaries") or () if each["marketplaceId"] == marketplace]
    return found[0] if found else {}


def _created(item: Mapping[str, Any], marketplace: str) -> str:
    said = _summary(item, marketplace).get("createdDate")
    return written(datetime.fromisoformat(said)) if said else ""


def _place(page: str) -> tuple[str, int, str]:
    if not page:
        return "", 0, ""
    since, seen, token = [*page.split(" ", 2), "", ""][:3]
    if not seen.isdigit():
        raise Malformed(f"“{page}” is no page of articles.")
    return since, int(seen), token
