"""The page of one order: where it stands, what comes next, what is in it and what happened to it."""

from typing import Any

import reflex as rx

from oms_app.components import board_dialogs, empty, links, merging, order, order_dialogs, reservations
from oms_app.components.badges import demo_badge, severity_badge, stage_badge
from oms_app.components.forms import area
from oms_app.components.order import panel
from oms_app.components.settings import small
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.services.shortfalls import BEFORE_PACKING as STAGES_BEFORE_PACKING
from oms_app.state.merging import MergingState
from oms_app.state.order import OrderState
from oms_app.state.places import PlacesState
from oms_app.state.reservations import ReservationsState
from oms_app.state.shell import ShellState

O = OrderState.order  # noqa: E741 - read as "the order" sixty times on this page
AUDIENCES = (("all", "All"), ("customer", "Customer-visible"), ("internal", "Internal"), ("system", "System"))
PROCESSES = ShellState.may.contains(str(Permission.PROCESS_ORDERS))
BEFORE_PACKING = rx.Var.create([str(stage) for stage in STAGES_BEFORE_PACKING])


@shell.page(
    "/orders/[order_number]",
    "Order",
    on_load=[OrderState.arrive, PlacesState.load_locations],
    tab=rx.cond(O.shown, "Order " + O.shown, "Order"),
)
def page() -> rx.Component:
    """Header above; lines, money and timeline on the left, people and notes on the right."""
    return rx.el.div(
        empty.loaded(
            OrderState.ready,
            rx.cond(OrderState.failure != "", _missing(), _found()),
            rx.fragment(shell.heading("Order"), empty.skeleton(8)),
        ),
        board_dialogs.question(OrderState.asking, OrderState.never_mind, OrderState.answer),
        merging.preview(MergingState),
        order_dialogs.dialogs(OrderState, ShellState.may.contains(str(Permission.REFUND_ORDERS))),
        on_unmount=OrderState.depart,
    )


def _missing() -> rx.Component:
    return rx.fragment(
        shell.heading("Order"),
        empty.empty(OrderState.failure, rx.link("All orders", href="/orders"), icon="search_x"),
    )


def _found() -> rx.Component:
    return rx.el.div(
        shell.heading(f"Order {O.shown}", *_actions(), lead=_standing()),
        rx.foreach(O.holds, _hold),
        rx.cond(OrderState.same_address.length() > 0, _same_address(), rx.fragment()),
        rx.cond(O.next.blocked != "", _blocked(), rx.fragment()),
        rx.el.div(
            rx.el.div(_lines(), _stock(), _money(), _versions(), _timeline(), class_name="stack"),
            rx.el.div(_about(), _customer(), _tags(), _notes(), class_name="stack"),
            class_name="two-columns",
        ),
        custom_attrs={"data-order": O.shown, "data-version": O.version, "data-stage-now": O.stage},
    )


def _standing() -> rx.Component:
    return rx.el.div(
        stage_badge(O.stage, O.stage_title, size="2"),
        rx.cond(O.sla_text != "", severity_badge(O.sla, O.sla_text, size="2"), rx.fragment()),
        rx.cond(O.pickup != "", severity_badge(O.pickup_severity, O.pickup, size="2"), rx.fragment()),
        rx.cond(OrderState.expires != "", severity_badge("due", OrderState.expires, size="2"), rx.fragment()),
        rx.cond(O.priority > 0, _score(), rx.fragment()),
        rx.cond(O.holds.length() > 0, severity_badge("due", "On hold", size="2"), rx.fragment()),
        rx.cond(O.b2b, rx.badge("B2B", variant="soft", color_scheme="gray", high_contrast=True, size="2")),
        rx.cond(O.demo, demo_badge(size="2"), rx.fragment()),
        class_name="row",
    )


def _score() -> rx.Component:
    """The priority with what it adds up from, in words beside it."""
    return rx.el.span(
        rx.badge(f"Priority {O.priority}", variant="soft", color_scheme="indigo", high_contrast=True, size="2"),
        rx.el.span(O.priority_why.join(", "), class_name="hint"),
        class_name="row",
        custom_attrs={"data-priority": O.priority},
    )


def _actions() -> list[rx.Component]:
    return [
        rx.cond(
            OrderState.q != "",
            rx.link("Back to the list", href=links.search(OrderState.q), size="2"),
            rx.fragment(),
        ),
        _neighbour("Older order", "chevron_left", OrderState.older),
        _neighbour("Newer order", "chevron_right", OrderState.newer),
        _more(),
        rx.cond(
            O.next.stage != "",
            rx.button(
                f"Move to {O.next.title}",
                on_click=OrderState.move(O.next.stage, O.version),
                disabled=(O.next.blocked != "") & (O.next.pays == ""),
                custom_attrs={"data-next": O.next.stage},
            ),
            rx.fragment(),
        ),
    ]


def _neighbour(label: str, icon: str, number: rx.Var[str]) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=18),
        variant="soft",
        color_scheme="gray",
        high_contrast=True,
        aria_label=label,
        disabled=number == "",
        on_click=rx.redirect(links.order(number, OrderState.q)),
    )


def _more() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis_vertical", size=18),
                variant="soft",
                color_scheme="gray",
                high_contrast=True,
                aria_label="More actions",
                custom_attrs={"data-menu": ""},
            )
        ),
        rx.menu.content(
            rx.foreach(O.others, _other_move),
            rx.cond(O.others.length() > 0, rx.menu.separator(), rx.fragment()),
            rx.cond(
                BEFORE_PACKING.contains(O.stage),
                _item("Change the order…", Permission.CREATE_ORDERS, rx.redirect(links.change_of(O.shown))),
                rx.fragment(),
            ),
            rx.cond(
                BEFORE_PACKING.contains(O.stage),
                _item("Split into parcels…", Permission.PROCESS_ORDERS, OrderState.open_dialog("split")),
                rx.fragment(),
            ),
            _item("Place it again", Permission.CREATE_ORDERS, OrderState.clone),
            rx.cond(
                O.shipped.length() > 0,
                _item("Send units again…", Permission.CREATE_ORDERS, OrderState.open_dialog("resend")),
                rx.fragment(),
            ),
            _item("Put on hold…", Permission.HOLD_ORDERS, OrderState.open_dialog("hold")),
            _item("Record a payment…", Permission.RECORD_PAYMENTS, OrderState.open_dialog("payment")),
            _item("Record a refund…", Permission.REFUND_ORDERS, OrderState.open_dialog("refund")),
            rx.menu.item("Print", on_select=rx.call_script("setTimeout(() => window.print(), 150)")),
        ),
        modal=False,
    )


def _other_move(step: rx.Var) -> rx.Component:
    words = rx.cond(step.stage == "cancelled", f"{step.title}…", f"Move to {step.title}")
    return rx.menu.item(
        rx.el.div(words, rx.cond(step.blocked != "", rx.el.div(step.blocked, class_name="hint"), rx.fragment())),
        disabled=(step.blocked != "") & (step.pays == ""),
        color_scheme=rx.cond(step.stage == "cancelled", "red", "indigo"),
        on_select=rx.cond(
            step.stage == "cancelled", OrderState.open_dialog("cancel"), OrderState.move(step.stage, O.version)
        ),
    )


def _item(words: str, needs: Permission, act: object) -> rx.Component:
    return rx.cond(ShellState.may.contains(str(needs)), rx.menu.item(words, on_select=act), rx.fragment())


def _hold(hold: rx.Var) -> rx.Component:
    return rx.el.div(
        rx.icon("hand", size=16, aria_hidden="true"),
        rx.el.div(rx.el.strong("On hold: ", hold.kind), rx.el.div(hold.text)),
        rx.cond(
            ShellState.may.contains(str(Permission.HOLD_ORDERS)),
            rx.button("Release", size="1", variant="soft", high_contrast=True, on_click=OrderState.release(hold.id)),
            rx.fragment(),
        ),
        class_name="banner",
        custom_attrs={"data-hold": hold.id},
    )


def _same_address() -> rx.Component:
    may = ShellState.may.contains(str(Permission.CREATE_ORDERS)) & BEFORE_PACKING.contains(O.stage)
    return merging.same_address(OrderState.same_address, may, _merge)


def _merge(other: rx.Var[str]) -> Any:
    return MergingState.look(O.shown, O.version, other)


def _relative(row: rx.Var) -> rx.Component:
    return rx.text(row.words, " ", rx.link(row.number, href=links.order(row.number), underline="always"))


def _blocked() -> rx.Component:
    words = rx.text(f"Not yet {O.next.title}: {O.next.blocked}", class_name="hint", role="status")
    go = small("Ship what is there", OrderState.ship_what_is_there(O.version), size="2", color_scheme="indigo")
    return rx.el.div(words, rx.cond(O.goes_in_part & PROCESSES, go, rx.fragment()), class_name="row below-head")


def _lines() -> rx.Component:
    return panel("Lines", order.lines(O.lines, OrderState.pictures))


def _stock() -> rx.Component:
    changes = ShellState.may.contains(str(Permission.ALLOCATE_STOCK)) & BEFORE_PACKING.contains(O.stage)
    return rx.cond(
        (OrderState.kept.length() > 0) | (O.short != ""),
        panel(
            "Stock",
            rx.cond(
                O.short != "",
                rx.text(O.short, ": ", rx.link("see the queue", href=links.short(O.shown), underline="always")),
                rx.fragment(),
            ),
            reservations.kept(OrderState.kept, changes, ReservationsState.open_dialog, ReservationsState.open_lots),
            reservations.release_dialog(ReservationsState),
            reservations.lot_dialog(ReservationsState),
            reservations.move_dialog(ReservationsState, PlacesState.choices),
            custom_attrs={"data-stock": ""},
        ),
        rx.fragment(),
    )


def _money() -> rx.Component:
    return panel(
        "Payment and parcels",
        rx.el.div(
            rx.el.div(
                order.sums(O.sums),
                rx.cond(
                    O.owed != "",
                    rx.text(f"Still to be paid: {O.owed} ({O.payment_status})", weight="medium"),
                    rx.text(f"Payment: {O.payment_status}", class_name="hint"),
                ),
                rx.cond(O.over != "", rx.text(f"Refund {O.over} due.", weight="medium"), rx.fragment()),
            ),
            rx.el.div(
                rx.el.h3("Payments"),
                _list(O.payments, order.payment, "No payment is recorded."),
                rx.el.h3("Parcels"),
                _list(O.parcels, _parcel, "Not packed yet."),
                _combine(),
                class_name="stack",
            ),
            class_name="halves",
        ),
    )


def _versions() -> rx.Component:
    return rx.cond(
        OrderState.versions.length() > 0,
        panel("Versions", order.versions(OrderState.versions), custom_attrs={"data-versions": ""}),
        rx.fragment(),
    )


def _parcel(row: rx.Var) -> rx.Component:
    go = small(
        f"Move to {row.next_title}",
        OrderState.move_parcel(row.id, row.next, O.version),
        aria_label=f"{row.title}: move to {row.next_title}",
    )
    return order.parcel(row, rx.cond(row.next != "", go, rx.fragment()))


def _combine() -> rx.Component:
    many = (O.open_parcels.length() > 1) & PROCESSES
    return rx.cond(many, small("Combine those not packed", OrderState.combine(O.version), size="2"), rx.fragment())


def _list(rows: rx.Var, show: object, nothing: str) -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        rx.el.ul(rx.foreach(rows, show), class_name="plain-list"),
        rx.text(nothing, class_name="hint"),
    )


def _timeline() -> rx.Component:
    return panel(
        "Timeline",
        order.timeline(OrderState.timeline),
        actions=rx.el.div(*(_audience(*each) for each in AUDIENCES), class_name="chips", role="group"),
    )


def _audience(name: str, words: str) -> rx.Component:
    chosen = OrderState.audience == ("" if name == "all" else name)
    return rx.el.button(
        words,
        type="button",
        class_name="chip",
        aria_pressed=chosen,
        on_click=OrderState.show_only(name),
    )


def _about() -> rx.Component:
    made_from = OrderState.made_from
    may = ShellState.may.contains(str(Permission.NOTE_ORDERS))
    return panel(
        "About",
        order.facts(O.about),
        rx.cond(made_from.number != "", _relative(made_from), rx.fragment()),
        rx.foreach(OrderState.copies, _relative),
        actions=rx.cond(may, order.taking(O.assignee == ShellState.email, ShellState.email, OrderState.assign)),
    )


def _customer() -> rx.Component:
    return panel(
        "Customer",
        rx.text(O.customer, weight="medium"),
        order.facts(O.buyer),
        rx.cond(O.ship_to.length() > 0, rx.fragment(rx.el.h3("Ship to"), order.address(O.ship_to)), rx.fragment()),
        rx.cond(O.bill_to.length() > 0, rx.fragment(rx.el.h3("Bill to"), order.address(O.bill_to)), rx.fragment()),
    )


def _tags() -> rx.Component:
    may = ShellState.may.contains(str(Permission.NOTE_ORDERS))
    return panel(
        "Tags",
        rx.el.div(rx.foreach(O.tags, _tag), class_name="row"),
        rx.cond(O.tags.length() == 0, rx.text("No tags yet.", class_name="hint"), rx.fragment()),
        rx.cond(
            may,
            rx.el.form(
                rx.input(name="tag", placeholder="vip", aria_label="New tag", required=True, max_length=40),
                rx.button("Add", type="submit", variant="soft", high_contrast=True),
                on_submit=OrderState.add_tag,
                reset_on_submit=True,
                class_name="one-line no-print",
            ),
            rx.fragment(),
        ),
    )


def _tag(word: rx.Var[str]) -> rx.Component:
    return rx.el.span(
        rx.link(word, href=links.orders("tag", word)),
        rx.cond(
            ShellState.may.contains(str(Permission.NOTE_ORDERS)),
            rx.el.button(
                rx.icon("x", size=12, aria_hidden="true"),
                type="button",
                aria_label=f"Remove the tag {word}",
                on_click=OrderState.remove_tag(word),
            ),
            rx.fragment(),
        ),
        class_name="tag",
    )


def _notes() -> rx.Component:
    return panel(
        "Notes",
        rx.cond(
            ShellState.may.contains(str(Permission.NOTE_ORDERS)),
            rx.el.form(
                area("New note", name="body", hint="For the team only; never printed.", required=True, max_length=5000),
                rx.button("Add note", type="submit", variant="soft", high_contrast=True),
                on_submit=OrderState.add_note,
                reset_on_submit=True,
                class_name="stack",
            ),
            rx.fragment(),
        ),
        _list(O.notes, order.note, "No notes yet."),
        custom_attrs={"data-notes": ""},
    )
