"""Parcels in WooCommerce, which knows none: each is a meta field of ours on its order, known by the act's key."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from oms_app.domain.channels import ChannelParcel, Fulfilment

PREFIX = "_oms_parcel_"


def name_of(key: str) -> str:
    """What a parcel is called there."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def as_meta(fulfilment: Fulfilment, units: Mapping[str, int]) -> dict[str, str]:
    """The meta field of a parcel; as text, for PHP has one kind of value for lists and objects."""
    value = {
        "courier": fulfilment.courier,
        "tracking": fulfilment.tracking,
        "url": fulfilment.tracking_url,
        "shipped_at": fulfilment.shipped_at.astimezone(UTC).isoformat(),
        "units": [[line, count] for line, count in units.items()],
    }
    return {"key": PREFIX + name_of(fulfilment.key), "value": json.dumps(value, ensure_ascii=False)}


def read(order: Mapping[str, Any]) -> list[ChannelParcel]:
    """The parcels on an order, as they left; WooCommerce lists meta fields in no order."""
    return sorted(_read(order), key=lambda parcel: (parcel.at, parcel.external_id))


def _read(order: Mapping[str, Any]) -> Iterator[ChannelParcel]:
    for meta in order["meta_data"]:
        if meta["key"].startswith(PREFIX):
            value = json.loads(meta["value"])
            yield ChannelParcel(
                meta["key"].removeprefix(PREFIX),
                value["courier"],
                value["tracking"],
                datetime.fromisoformat(value["shipped_at"]),
                tuple((str(line), int(count)) for line, count in value["units"]),
            )


def of_plugins(order: Mapping[str, Any]) -> Iterator[ChannelParcel]:
    """Parcels as the usual tracking plugins keep them. They do not say what is in them."""
    for meta in order["meta_data"]:
        if meta["key"] == "_wc_shipment_tracking_items" and isinstance(meta["value"], list):
            for each in meta["value"]:
                tracking = str(each.get("tracking_number") or "")
                courier = str(each.get("custom_tracking_provider") or each.get("tracking_provider") or "")
                at = datetime.fromtimestamp(int(each.get("date_shipped") or 0), UTC)
                yield ChannelParcel(str(each.get("tracking_id") or tracking), courier, tracking, at)


def note(fulfilment: Fulfilment, named: Mapping[str, str], units: Mapping[str, int]) -> str:
    """What the order's note says of a parcel; `named` are the lines' names."""
    goods = ", ".join(f"{count} × {named.get(line) or line}" for line, count in units.items())
    number = f", tracking number {fulfilment.tracking}" if fulfilment.tracking else ""
    follow = f" Follow it: {fulfilment.tracking_url}" if fulfilment.tracking_url else ""
    return f"On its way with {fulfilment.courier or 'a courier'}{number}: {goods}.{follow}"
