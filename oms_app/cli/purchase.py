"""`oms purchase …`: purchase orders at the terminal, for a script at the door of the warehouse."""

from typing import Annotated, Any

import typer

from oms_app.cli.units import read_units

purchase = typer.Typer(no_args_is_help=True, help="Purchase orders: list, show, receive.")
_Number = Annotated[str, typer.Argument(help="As on the document: PO-12.")]
_Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@purchase.command("list")
def list_all(
    state: Annotated[str, typer.Option(help="Only these: draft, sent, acknowledged, part_received, received, …")] = "",
    late: Annotated[bool, typer.Option("--late", help="Only what did not come on its day.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many, newest first.")] = 50,
    as_json: _Json = False,
) -> None:
    """Show purchase orders, newest first.

    Example: `oms purchase list --state sent`
    """
    from oms_app.cli.output import print_rows
    from oms_app.domain import money
    from oms_app.domain.errors import Malformed
    from oms_app.domain.purchasing import PurchaseState
    from oms_app.services import purchasing

    if state and state not in set(PurchaseState):
        raise Malformed(f"A purchase order is one of {', '.join(PurchaseState)}.")
    found = purchasing.page(_actor(), states=[state] if state else [], late=late, limit=limit)
    rows: list[dict[str, Any]] = [
        {
            "number": row.number,
            "supplier": row.supplier,
            "state": row.state,
            "units": row.units,
            "received": row.received,
            "due_on": row.due_on,
            "total": money.to_major(row.total, row.currency),
            "currency": row.currency,
            "location": row.location,
        }
        for row in found
    ]
    print_rows(rows, as_json=as_json)


@purchase.command("show")
def show(number: _Number, as_json: _Json = False) -> None:
    """Show the lines of a purchase order and what is still to come.

    Example: `oms purchase show PO-12`
    """
    from oms_app.services import purchasing

    _print(purchasing.get(_actor(), number), as_json)


@purchase.command("receive")
def receive(
    number: _Number,
    units: Annotated[list[str], typer.Argument(help="CODE=UNITS: a SKU, a barcode or the supplier's SKU.")],
    receipt: Annotated[str, typer.Option(help="The number of the delivery note: each of its lines counts once.")],
    reason: Annotated[str, typer.Option(help="Why, where more comes than was ordered.")] = "",
    as_json: _Json = False,
) -> None:
    """Take goods in: they are on hand at once and serve who waits. The same receipt again changes nothing.

    Example: `oms purchase receive PO-12 KUR-CHI-M=24 --receipt DN-881`
    """
    from oms_app.services import goods_receipts

    _print(goods_receipts.receive(_actor(), number, read_units(units), receipt=receipt, reason=reason), as_json)


def _print(view: Any, as_json: bool) -> None:
    from oms_app.cli.output import print_rows

    names = ("sku", "name", "supplier_sku", "quantity", "received", "expected")
    print_rows([{name: getattr(line, name) for name in names} for line in view.lines], as_json=as_json)


def _actor() -> Any:
    from oms_app.domain.permissions import system

    return system("command line", "cli")
