"""Files that sellers hand in at the sandbox: cancellations, worked through at once."""

from collections import defaultdict

from oms_app.integrations.sandbox.amazon.views import REASONS, line_id
from oms_app.integrations.sandbox.shop import Refusal, Shop

TYPE = "POST_FLAT_FILE_ORDER_ACKNOWLEDGEMENT_DATA"
_COLUMNS = ["order-id", "cancellation-reason-code", "amazon-order-item-code"]


class Feeds:
    """Documents by their id, empty until they are handed in; `problems` is what was wrong with them."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.documents: dict[str, bytes] = {}
        self.problems: list[str] = []

    def begin(self) -> str:
        """A place to hand a file in."""
        document = f"amzn1.tortuga.4.eu.{self.shop.next_number()}"
        self.documents[document] = b""
        return document

    def work(self, document: str) -> str:
        """Work through a file; returns the number of the feed. Raises ValueError for what is no such file."""
        first, columns, *rows = [row.split("\t") for row in self.documents[document].decode().splitlines()]
        if first[0] != "TemplateType=OrderCancellation" or columns != _COLUMNS:
            raise ValueError("This is no file of cancellations.")
        items: dict[tuple[str, str], set[str]] = defaultdict(set)
        for order, reason, item in rows:
            items[order, reason].add(item)
        for (name, reason), named in items.items():
            if problem := self._cancel(name, reason, named):
                self.problems.append(f"{name}: {problem}")
        return str(self.shop.next_number())

    def _cancel(self, name: str, reason: str, items: set[str]) -> str:
        order = next((each for each in self.shop.orders.values() if each.name == name), None)
        if order is None or reason not in REASONS or items != {line_id(line) for line in order.lines}:
            return "The order, its items or the reason are not known."
        try:
            self.shop.cancel(order, reason)
        except Refusal as refusal:
            return str(refusal)
        return ""
