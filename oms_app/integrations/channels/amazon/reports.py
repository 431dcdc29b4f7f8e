"""Amazon's settlement reports: which there are, fetched and unpacked."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from oms_app.domain.errors import Malformed, Rejected
from oms_app.domain.settlements import Settlement
from oms_app.integrations.channels.amazon import settlements as flat
from oms_app.integrations.channels.amazon.client import GET_DOCUMENT, GET_REPORTS, Client
from oms_app.integrations.channels.amazon.fulfil import written

TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
_KEPT = timedelta(days=89)
"""Amazon keeps a report for 90 days, and refuses to look further back."""
_MOST_PAGES = 20


def settlements(client: Client, since: datetime, now: datetime) -> tuple[Settlement, ...]:
    """The settlements of the reports made since then, oldest first; of one reported twice, the later report.

    A marketplace in Europe shares its account with others: only payouts in its own currency are taken.
    """
    found: dict[str, Settlement] = {}
    for report in sorted(_reports(client, max(since, now - _KEPT)), key=lambda each: each["createdTime"]):
        document = client.call(GET_DOCUMENT, document=report["reportDocumentId"], private=True)
        try:
            settlement = flat.read(text(client.fetch(document["url"]), document.get("compressionAlgorithm", "")))
        except Malformed as error:
            raise Malformed(f"Amazon's report {report['reportId']}: {error}") from error
        if settlement.currency == client.marketplace.currency:
            found[settlement.external_id] = settlement
    return tuple(sorted(found.values(), key=lambda each: each.ends_at))


def text(content: bytes, packed: str) -> str:
    """A report as text: unpacked, and in whichever of Amazon's two encodings it comes. Raises Malformed."""
    if packed == "GZIP" and content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise Malformed(f"Amazon's report cannot be unpacked: {error}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _reports(client: Client, since: datetime) -> Iterator[Mapping[str, Any]]:
    """Reports that are done. The token of the next page comes alone, as Amazon wants it."""
    query: dict[str, str | None] = {
        "reportTypes": TYPE,
        "processingStatuses": "DONE",
        "marketplaceIds": client.marketplace.id,
        "createdSince": written(since),
        "pageSize": "100",
    }
    seen: set[str] = set()
    while True:
        said = client.call(GET_REPORTS, query)
        yield from (each for each in said["reports"] if each.get("reportDocumentId"))
        following = said.get("nextToken") or ""
        if not following:
            return
        if following in seen or len(seen) >= _MOST_PAGES:
            raise Rejected("Amazon answers the same page of reports again and again.")
        seen.add(following)
        query = {"nextToken": following}
