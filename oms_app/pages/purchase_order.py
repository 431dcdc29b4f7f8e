"""One purchase order: its lines, what may be done to it, and the goods receipt by scanner or keyboard."""

import reflex as rx

from oms_app.components import links, lots
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, loaded, skeleton
from oms_app.components.forms import area, field, problem
from oms_app.components.order import panel
from oms_app.components.purchasing import late_badge, state_badge, tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.purchase_order import PurchaseOrderState as S
from oms_app.state.shell import ShellState

MAY_BUY = ShellState.may.contains(str(Permission.PURCHASE))
MAY_RECEIVE = ShellState.may.contains(str(Permission.RECEIVE_GOODS))
TAB = rx.cond(S.chosen.number != "", S.chosen.number, "Purchase order")


@shell.page("/purchasing/[purchase_number]", "Purchase order", needs=Permission.SEE_STOCK, on_load=S.load, tab=TAB)
def purchase_order() -> rx.Component:
    """A purchase order from its draft to its last unit."""
    return rx.fragment(
        loaded(
            S.ready,
            rx.cond(S.failure != "", _missing(), _found()),
            rx.fragment(shell.heading("Purchase order"), skeleton(8)),
        ),
        *_dialogs(),
    )


def _missing() -> rx.Component:
    back = rx.link("All purchase orders", href="/purchasing")
    return rx.fragment(shell.heading("Purchase order"), empty(S.failure, back, icon="search_x"))


def _found() -> rx.Component:
    lead = rx.fragment(state_badge(S.chosen.state, S.chosen.title), late_badge(S.chosen.late))
    return rx.fragment(
        shell.heading(S.chosen.number, _actions(), lead=lead),
        tabs("/purchasing"),
        rx.el.div(
            _facts(),
            rx.cond(S.entering & MAY_RECEIVE, _entry(), rx.el.div(problem(S.problem), _said())),
            panel("Lines", table("Lines", HEADS, rx.foreach(S.lines, _line))),
            rx.cond(S.letters.length() > 0, _letters(), rx.fragment()),
            panel("History", table("History", ("When", "What", "Who"), rx.foreach(S.steps, _step))),
            rx.link("All purchase orders", href="/purchasing"),
            class_name="stack",
        ),
    )


HEADS = ("Article", "Packs", "Ordered", "Received", "To come", "Cost of a unit", "Total")


def _actions() -> rx.Component:
    can = S.may.contains
    draft = rx.fragment(
        small("Change", S.open_dialog("change"), size="2"),
        small("Cancel it", S.open_dialog("cancel"), size="2"),
        small("Handed over", S.hand_over, size="2"),
        rx.button("Send by e-mail", on_click=S.send),
    )
    on_way = rx.fragment(
        rx.cond(can("cancel"), small("Cancel it", S.open_dialog("cancel"), size="2"), rx.fragment()),
        rx.cond(can("send"), small("Send again", S.send, size="2"), rx.fragment()),
        rx.cond(can("acknowledge"), small("Promised day", S.open_dialog("acknowledge"), size="2"), rx.fragment()),
        rx.cond(can("close"), small("Close it", S.open_dialog("close"), size="2"), rx.fragment()),
    )
    more = (S.chosen.state == "received") & ~S.entering & MAY_RECEIVE
    return rx.fragment(
        small("PDF", S.download, size="2", aria_label="Download the document as PDF"),
        rx.cond(MAY_BUY, rx.cond(S.chosen.state == "draft", draft, on_way), rx.fragment()),
        rx.cond(more, small("More came", S.take_more, size="2"), rx.fragment()),
        rx.cond(S.entering & MAY_RECEIVE & (S.chosen.state != "received"), _everything(), rx.fragment()),
    )


def _everything() -> rx.Component:
    return confirm(
        rx.button("Everything came"),
        title=f"Everything of {S.chosen.number} came?",
        consequence="All units that are still expected go on the shelf now, without being scanned.",
        action="Take everything in",
        on_confirm=S.receive_all,
        danger=False,
    )


def _facts() -> rx.Component:
    rows = (
        ("Supplier", S.chosen.supplier),
        ("Deliver to", S.chosen.location),
        ("Due", S.chosen.due),
        ("Received", S.chosen.units),
        ("Total with tax", S.chosen.total),
    )
    return rx.el.dl(
        *(part for word, value in rows for part in (rx.el.dt(word), rx.el.dd(value))),
        rx.cond(S.reference != "", rx.fragment(rx.el.dt("Their number"), rx.el.dd(S.reference)), rx.fragment()),
        rx.cond(S.note != "", rx.fragment(rx.el.dt("Note"), rx.el.dd(S.note)), rx.fragment()),
        class_name="facts",
    )


def _entry() -> rx.Component:
    """Scan or type a code, Enter; type the units, Enter; where more came than is expected, why."""
    return rx.el.form(
        rx.el.h2("Take goods in"),
        rx.el.input(type="hidden", name="receipt", value=S.ticket),
        field("SKU or barcode", name="code", auto_complete="off", auto_focus=True, size="3"),
        rx.el.div(
            field("Units", name="units", auto_complete="off", input_mode="numeric", size="3"),
            rx.button("Enter", type="submit", size="3"),
            class_name="count-units",
        ),
        lots.came(S.asks_lot),
        rx.cond(
            S.needs_reason,
            field("Why more is taken in", name="reason", max_length=200, auto_complete="off", size="3"),
            rx.fragment(),
        ),
        _said(),
        problem(S.problem),
        on_submit=S.enter,
        class_name="panel count-entry",
    )


def _said() -> rx.Component:
    return rx.el.div(rx.text(S.article, weight="medium"), rx.text(S.said, class_name="hint"), role="status")


def _line(line: rx.Var) -> rx.Component:
    theirs = rx.cond(line.theirs != "", rx.el.span(" · theirs ", line.theirs), rx.fragment())
    numbers = (line.packs, line.quantity, line.received, line.expected, line.cost, line.total)
    return rx.el.tr(
        rx.el.th(
            rx.link(line.sku, href=links.product(line.sku)),
            rx.el.div(line.name, theirs, class_name="hint"),
            scope="row",
            class_name="article",
        ),
        *(rx.el.td(number) for number in numbers),
        custom_attrs={"data-line": line.sku},
    )


def _step(step: rx.Var) -> rx.Component:
    return rx.el.tr(rx.el.td(step.at), rx.el.td(step.what), rx.el.td(step.who))


def _letters() -> rx.Component:
    again = rx.cond(S.posting, small("Look again", S.read_letters), rx.fragment())
    return panel("E-mail", table("Letters", ("When", "How far", "To"), rx.foreach(S.letters, _step)), actions=again)


def _dialogs() -> tuple[rx.Component, ...]:
    hint = "A line each: SKU and units, and the cost of a unit after @."
    return (
        form_dialog(
            area("Articles", name="lines", hint=hint, rows="8", default_value=S.text),
            field("Note to the supplier", name="note", max_length=500, default_value=S.note),
            problem(S.problem),
            title=f"Change {S.chosen.number}",
            description="Units are whole packs and not below the supplier's smallest order.",
            open=S.dialog == "change",
            on_open_change=S.close_dialog,
            on_submit=S.change,
            action="Save",
        ),
        form_dialog(
            field("Promised day", name="promised", type="date", required=True, default_value=S.promised),
            field("Their number", name="reference", max_length=80, default_value=S.reference),
            problem(S.problem),
            title=f"{S.chosen.supplier} promised",
            description="The day on which the goods come, as the supplier said.",
            open=S.dialog == "acknowledge",
            on_open_change=S.close_dialog,
            on_submit=S.acknowledge,
            action="Save",
        ),
        _ending("close", "Close", "Nothing more is awaited. Where units never came, say why.", S.close_order),
        _ending("cancel", "Cancel", "Nothing of it came. Tell the supplier where it was sent.", S.cancel),
    )


def _ending(name: str, verb: str, words: str, act: rx.EventHandler) -> rx.Component:
    return form_dialog(
        field("Reason", name="reason", max_length=200, auto_focus=True),
        problem(S.problem),
        title=f"{verb} {S.chosen.number}?",
        description=words,
        open=S.dialog == name,
        on_open_change=S.close_dialog,
        on_submit=act,
        action=f"{verb} it",
    )
