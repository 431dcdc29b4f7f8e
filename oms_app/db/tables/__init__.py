"""One module per slice: its tables. Importing this package registers every table."""

from oms_app.db.tables import (
    accounts,
    catalogue,
    changes,
    company,
    counts,
    customers,
    drafts,
    mail,
    orders,
    purchasing,
    rollups,
    rules,
    runs,
    spine,
    stock,
    transfers,
)

__all__ = [
    "accounts",
    "catalogue",
    "changes",
    "company",
    "counts",
    "customers",
    "drafts",
    "mail",
    "orders",
    "purchasing",
    "rollups",
    "rules",
    "runs",
    "spine",
    "stock",
    "transfers",
]
