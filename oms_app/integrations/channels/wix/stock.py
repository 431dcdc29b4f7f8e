"""Tells Wix how many units there are, and answers for every SKU whether it took them."""

from collections.abc import Sequence

from oms_app.domain.channels import Level, Told
from oms_app.integrations.channels.wix.catalogue import Catalogue, Kept

_TRIES = 3
_MOST = 99_999
"""As many as Wix can count."""


def tell(catalogue: Catalogue, levels: Sequence[Level]) -> tuple[Told, ...]:
    """Set the levels. One that is there already is not written again; one that was overtaken is read and set again."""
    wanted = {level.sku: min(max(level.available, 0), _MOST) for level in levels}
    problems: dict[str, str] = {}
    open_skus = list(wanted)
    for _ in range(_TRIES):
        by_sku: dict[str, list[Kept]] = {}
        for kept in catalogue.kept(open_skus):
            by_sku.setdefault(kept.sku, []).append(kept)
        changes = []
        for sku in open_skus:
            problems.pop(sku, None)
            if problem := _unfit(by_sku.get(sku, [])):
                problems[sku] = problem
                continue
            changes += [(kept, wanted[sku]) for kept in by_sku[sku] if kept.quantity != wanted[sku]]
        refused = catalogue.set(changes) if changes else {}
        problems |= refused
        open_skus = [sku for sku in open_skus if sku in refused]
        if not open_skus:
            break
    return tuple(Told(level.sku, wanted[level.sku], problems.get(level.sku, "")) for level in levels)


def _unfit(kept: Sequence[Kept]) -> str:
    if not kept:
        return "Wix sells no article with this SKU."
    return next((each.problem for each in kept if each.problem), "")
