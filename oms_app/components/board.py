"""The board's columns and cards. They are given nothing but a stage: the browser's store hands them their cards."""

from typing import Any

import reflex as rx

from oms_app.components import board_parts as parts
from oms_app.components import links
from oms_app.components.board_parts import CardVar, HeadVar, LaneVar, TargetVar
from oms_app.domain.board import CARDS, SIDES, Side
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, Stage

TITLES = {str(stage): LIFECYCLE[stage].title for stage in Stage}
HEADINGS = TITLES | {str(Stage.DELIVERED): "Delivered · 24 h"}

FILLS = {
    Stage.PLACED: "New orders land here: from a channel, an import or the API.",
    Stage.PROCESSING: "Drag placed orders here to check address and payment.",
    Stage.READY: "Orders that may be picked wait here.",
    Stage.PICKING: "Orders on a pick list stand here.",
    Stage.PACKED: "Weighed parcels wait here for their courier.",
    Stage.SHIPPED: "Parcels on their way, newest first.",
    Stage.DELIVERED: "What arrived in the last 24 hours.",
}
"""What an empty column says: what puts orders there."""

SIDE_WORDS = {
    Side.HELD: ("On hold", "No order is on hold."),
    Side.RETURNS: ("Returns", "Nothing has come back."),
}
"""The name of a side column, and what it says while it is empty."""

SIDE_LINKS = {Side.HELD: (rx.link("Work through the queues", href="/holds", display="block"),)}
"""Where one works on what stands in a side column."""


def columns(
    lanes: rx.Var[str], rest: rx.Var[str], filtered: rx.Var[bool], on_widen: Any, on_again: Any
) -> rx.Component:
    """Every stage of the flow, side by side; `rest` is what an address of the board keeps besides its search."""
    return rx.el.div(
        *(
            column(
                stage=str(stage),
                title=TITLES[stage],
                heading=HEADINGS[stage],
                fills=FILLS[stage],
                rest=rest,
                filtered=filtered,
                on_widen=on_widen(str(stage)),
                on_again=on_again,
            )
            for stage in FLOW
        ),
        class_name=rx.cond(lanes != "", "board-columns laned", "board-columns"),
    )


@rx.memo
def column(
    stage: rx.Var[str],
    title: rx.Var[str],
    heading: rx.Var[str],
    fills: rx.Var[str],
    rest: rx.Var[str],
    filtered: rx.Var[bool],
    on_widen: parts.Plain,
    on_again: parts.Plain,
) -> rx.Component:
    """A stage: its figures, its cards in their lanes, and what stands where cards would be."""
    head = parts.column_head(stage)
    empty = rx.el.p(
        rx.cond(filtered, f"{head.hidden} hidden by filters. ", fills),
        rx.cond(filtered, rx.link("Clear", href=links.view("/board", "", rest)), rx.fragment()),
        class_name="board-empty",
    )
    below = rx.fragment(
        rx.cond((parts.column_size(stage) == 0) & ~head.failed, empty, rx.fragment()),
        rx.cond(head.more > 0, widen(head, on_widen), rx.fragment()),
    )
    return parts.Column.create(
        rx.el.header(
            rx.el.h2(heading),
            rx.cond(head, rx.fragment(figures(head, rest), rx.cond(head.failed, unread(on_again))), rx.fragment()),
            class_name="board-head",
        ),
        rx.el.div(
            rx.foreach(parts.column_lanes(stage), lane(stage)),
            rx.el.div(rx.cond(head, below, waiting()), class_name="board-tail"),
            class_name="board-cards",
            tab_index=0,
            role="group",
            aria_label=f"Orders in {title}",
        ),
        stage=stage,
        title=title,
        class_name="board-column",
        aria_label=title,
    )


def lane(stage: rx.Var[str]) -> Any:
    """How a lane of this column is drawn: in its own row, so that it stands beside the same lane of every column."""

    def draw(each: rx.Var[LaneVar], row: rx.Var[int]) -> rx.Component:
        name = rx.el.h3(each.name, " ", rx.el.span(each.cards.length()))
        return rx.el.div(
            rx.cond(each.name != "", name, rx.fragment()),
            rx.foreach(each.cards, drawn(stage)),
            class_name="board-lane",
            style={"gridRow": row + 1},
            key=each.name,
        )

    return draw


def figures(head: rx.Var[HeadVar], rest: rx.Var[str]) -> rx.Component:
    """Count, money, and how the column stands against its promises; each figure filters."""
    limited = head.limit > 0
    over = rx.el.span("over", class_name="board-over")
    return rx.fragment(
        rx.el.span(
            head.count,
            rx.cond(limited, rx.fragment("/", head.limit), rx.fragment()),
            rx.cond(limited & (head.count > head.limit), over, rx.fragment()),
            title=rx.cond(limited, f"{head.count} orders, at most {head.limit} wished for", ""),
            class_name="board-count",
        ),
        rx.el.span(head.total, class_name="board-total"),
        rx.el.div(
            segment("late", head.late, "late", rest),
            segment("due", head.due, "due soon", rest),
            segment("ok", head.on_time, "on time", rest),
            class_name="board-bar",
        ),
    )


def unread(on_again: Any) -> rx.Component:
    """Stands in the head of a column that could not be read; its cards are those that were read last."""
    return rx.el.div(
        rx.el.p("This column could not be read."),
        rx.el.button("Try again", on_click=on_again, type="button", class_name="board-more"),
        role="alert",
        class_name="board-unread",
    )


def segment(kind: str, count: rx.Var[int], word: str, rest: rx.Var[str]) -> rx.Component:
    """One part of the bar, as wide as its share; late and due filter the board."""
    share = {"flexGrow": count, "display": rx.cond(count > 0, "block", "none")}
    said = {"title": f"{count} {word}", "data-bar": kind, "aria-label": f"{count} {word}"}
    if kind == "ok":
        return rx.el.span(count, style=share, custom_attrs=said | {"role": "img"})
    return rx.link(count, href=links.view("/board", f"is:{kind}", rest), style=share, custom_attrs=said)


def widen(head: rx.Var[HeadVar], on_widen: Any) -> rx.Component:
    """The button that shows the next cards of a long column."""
    words = rx.cond(head.more > CARDS, f"Show {CARDS} of {head.more} more", f"Show {head.more} more")
    return rx.el.button(words, on_click=on_widen, type="button", class_name="board-more")


def drawn(stage: rx.Var[str]) -> Any:
    """How a card of this column is drawn."""

    def draw(order: rx.Var[CardVar]) -> rx.Component:
        return card(order=order, stage=stage, key=order.number)

    return draw


@rx.memo
def card(order: rx.Var[CardVar], stage: rx.Var[str]) -> rx.Component:
    """An order in seven elements and its badges: 350 cards stay below 4,000 nodes."""
    return parts.Card.create(
        rx.el.button(
            type="button", aria_label=f"Drag order {order.number}", tab_index=-1, custom_attrs={"data-handle": ""}
        ),
        rx.el.a(order.number, href=links.order(order.number), tab_index=-1, class_name="board-number"),
        rx.el.span(
            parts.standing(order, (stage == "shipped") | (stage == "delivered")),
            class_name="board-age",
        ),
        rx.el.button(
            type="button",
            aria_label=f"Select order {order.number}",
            tab_index=-1,
            custom_attrs={"data-select": ""},
        ),
        rx.el.button(
            type="button", aria_label=f"Move order {order.number}", tab_index=-1, custom_attrs={"data-menu": ""}
        ),
        rx.el.p(
            order.customer,
            rx.cond(order.city != "", f" · {order.city}", ""),
            f"\n{order.value} · {order.units} ",
            rx.cond(order.units == 1, "unit", "units"),
            f" · {order.channel}",
            rx.cond(order.assignee != "", f" · {order.assignee}", ""),
            rx.cond(order.badges.length() > 0, "\n", ""),
            rx.foreach(order.badges, badge),
            title=order.why,
        ),
        order=order,
        stage=stage,
        class_name="board-card",
        aria_label=f"Order {order.number}, {order.customer}",
    )


def badge(word: rx.Var[str]) -> rx.Component:
    """A short word about the order."""
    return rx.el.span(word, custom_attrs={"data-badge": word})


def sides() -> rx.Component:
    """What waits beside the flow: closed, with a count, until somebody looks."""
    return rx.el.div(*(side(each) for each in Side), class_name="board-sides")


def side(each: Side) -> rx.Component:
    """A side column: a strip with its count that opens to a list of orders."""
    cards, head = parts.side_cards(each), parts.side_head(each)
    name, empty = SIDE_WORDS[each]
    count = rx.cond(head, rx.el.span(head.count, class_name="board-count"), rx.fragment())
    whole = rx.link(
        rx.cond(head.more > 0, f"{head.more} more in the list", "Open as a list"),
        href=f"/orders?q={SIDES[each].replace(':', '%3A')}",
    )
    return parts.Side.create(
        rx.el.summary(rx.el.h2(name), count),
        rx.el.div(
            rx.cond(
                cards.length() > 0,
                rx.fragment(rx.el.ul(rx.foreach(cards, aside)), whole, *SIDE_LINKS.get(each, ())),
                rx.el.p(empty, class_name="board-empty"),
            ),
            class_name="board-aside",
            tab_index=0,
            role="group",
            aria_label=f"Orders: {name}",
        ),
        side=str(each),
        class_name="board-side",
    )


def aside(order: rx.Var[CardVar]) -> rx.Component:
    """An order of a side column, as a link: it moves where its card stands."""
    return rx.el.li(
        rx.el.a(
            rx.el.strong(order.number),
            f" · {order.stage}\n{order.customer}",
            rx.cond(order.city != "", f" · {order.city}", ""),
            f"\n{order.value} · ",
            rx.match(order.sla, ("late", "⚠ "), ("due", "◔ "), ""),
            parts.standing(order, (order.stage == "Shipped") | (order.stage == "Delivered")),
            rx.cond(order.held_for != "", f"\n{order.held_for}", ""),
            href=links.order(order.number),
            custom_attrs={"data-aside": order.number, "data-sla": order.sla},
        ),
        key=order.number,
    )


def waiting() -> rx.Component:
    """Grey cards of the real height while the board is on its way."""
    return rx.el.div(
        *(rx.el.div(class_name="board-skeleton") for _ in range(3)), aria_hidden="true", class_name="board-skeletons"
    )


def menu(on_move: Any, on_refresh: Any) -> rx.Component:
    """The Move menu of every card."""
    return parts.Menu.create(
        rx.foreach(parts.menu_targets(), target),
        on_move=on_move,
        on_refresh=on_refresh,
        class_name="board-menu",
    )


def target(each: rx.Var[TargetVar]) -> rx.Component:
    """A stage in the menu; where it is not open, why."""
    return rx.el.button(
        rx.el.span(f"Move to {each.title}"),
        rx.cond(each.why != "", rx.el.small(each.why), rx.fragment()),
        type="button",
        role="menuitem",
        tab_index=-1,
        custom_attrs={"data-to": each.stage, "aria-disabled": rx.cond(each.why != "", "true", "false")},
    )
