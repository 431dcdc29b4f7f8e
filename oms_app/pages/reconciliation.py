"""Reconciliation: each channel in a line, what of it differs from the shop, and a button for what can be mended."""

import reflex as rx

from oms_app.components import links
from oms_app.components.badges import severity_badge
from oms_app.components.dialogs import confirm, form_dialog
from oms_app.components.empty import empty, failed, loaded, skeleton
from oms_app.components.forms import field, problem
from oms_app.components.order import panel
from oms_app.components.reconciliation import tabs
from oms_app.components.settings import small, table
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.reconciliation import ReconciliationState as S
from oms_app.state.shell import ShellState

MAY = ShellState.may.contains(str(Permission.MANAGE_CHANNELS))
EXPORTS = ShellState.may.contains(str(Permission.EXPORT))


@shell.page("/reconciliation", "Reconciliation", needs=Permission.SEE_CHANNELS, on_load=S.load)
def reconciliation() -> rx.Component:
    """The lines; under them the differences of the chosen channel."""
    return rx.el.div(
        shell.heading("Reconciliation"),
        tabs("/reconciliation"),
        loaded(
            S.ready,
            rx.cond(
                S.failure != "",
                failed(S.failure, S.load),
                rx.cond(
                    S.lines.length() > 0,
                    rx.el.div(_channels(), _differences(), _accepted(), class_name="stack"),
                    _nothing(),
                ),
            ),
            skeleton(8),
        ),
        _form(),
        _accept_form(),
        on_unmount=S.depart,
    )


def _nothing() -> rx.Component:
    return empty(
        "No channel is connected.",
        "Orders, payments, parcels and stock of connected channels are held against ours here, every night.",
        rx.link("Connect a channel", href="/channels"),
        icon="scale",
    )


def _channels() -> rx.Component:
    return panel("Channels", rx.el.ul(rx.foreach(S.lines, _channel), class_name="holds"))


def _channel(line: rx.Var) -> rx.Component:
    here = rx.cond(S.chosen == line.name, "true", "false")
    progress = rx.el.div(
        rx.cond(
            line.percent < 0,
            rx.el.progress(max="100", aria_label=f"Comparing {line.title}"),
            rx.el.progress(value=line.percent.to_string(), max="100", aria_label=f"Comparing {line.title}"),
        ),
        rx.el.span(line.progress, class_name="hint"),
        class_name="row",
    )
    words = rx.match(line.look, ("green", "Agrees"), ("red", "Differs"), "Not compared")
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.link(
                    rx.el.strong(line.title),
                    href=f"/reconciliation?channel={line.name}",
                    custom_attrs={"aria-current": here},
                ),
                severity_badge(rx.match(line.look, ("green", "ok"), ("red", "breached"), "info"), words),
                class_name="row",
            ),
            rx.el.p(line.said, custom_attrs={"data-said": line.name}),
            rx.cond(line.running, progress, rx.fragment()),
            rx.cond(line.problem != "", rx.el.p(line.problem, class_name="hint"), rx.fragment()),
        ),
        rx.cond(
            MAY & ~line.running,
            small("Compare now", S.open_run(line.name), size="2", aria_label=f"Compare {line.title} now"),
            rx.fragment(),
        ),
        class_name="hold",
        key=line.name,
        custom_attrs={"data-channel": line.name, "data-look": line.look, "data-running": line.running},
    )


def _differences() -> rx.Component:
    heads = ("Order or article", "Kind", "Here", "What differs", "")
    rows = rx.fragment(
        rx.el.nav(_kind_link("", "All"), rx.foreach(S.kinds, _kind), aria_label="Kind", class_name="board-views"),
        table("Differences", heads, rx.foreach(S.rows, _difference), stacks=True),
        rx.cond(S.more, rx.el.div(small("Show 50 more", S.show_more, size="2")), rx.fragment()),
    )
    said = "What the next comparison finds is listed here."
    agrees = rx.cond(
        S.compared, empty("Nothing differs.", said, icon="circle_check"), empty("Not compared yet.", said, icon="scale")
    )
    return panel(
        "Differences",
        rx.el.p(S.chosen_title, class_name="hint"),
        rx.cond(S.kinds.length() > 0, rows, agrees),
        actions=rx.cond(S.kinds.length() > 0, _actions(), rx.fragment()),
    )


def _actions() -> rx.Component:
    mend = confirm(
        small(f"Mend {S.mendable}", size="2"),
        title="Mend all that a button can mend?",
        consequence="Orders are placed or changed here as the channel has them, and the channel is told again what we "
        "have. What a person has to decide stays in the list.",
        action="Mend them",
        on_confirm=S.fix_all,
        danger=False,
    )
    return rx.el.div(
        rx.cond(EXPORTS, small("Save as CSV", S.download, size="2"), rx.fragment()),
        rx.cond(MAY & (S.mendable > 0), mend, rx.fragment()),
        class_name="row",
    )


def _kind(each: rx.Var) -> rx.Component:
    return _kind_link(each.kind, f"{each.title} {each.count}")


def _kind_link(kind: str | rx.Var[str], words: str | rx.Var[str]) -> rx.Component:
    here = rx.cond(S.kind == kind, "page", "false")
    return rx.link(words, href=f"/reconciliation?channel={S.chosen}&kind={kind}", custom_attrs={"aria-current": here})


def _difference(row: rx.Var) -> rx.Component:
    mend = small(row.fix, S.fix(row.id), aria_label=f"{row.fix}: {row.about}")
    accept = small("Accept…", S.open_accept(row.id), aria_label=f"Accept: {row.about}, {row.title}")
    return rx.el.tr(
        rx.el.th(row.about, scope="row", class_name="article"),
        rx.el.td(row.title),
        rx.el.td(rx.cond(row.order != "", rx.link(row.order, href=links.order(row.order)), "–")),
        rx.el.td(
            row.said,
            rx.cond(row.problem != "", rx.el.p(row.problem, class_name="hint"), rx.fragment()),
            class_name="wrap",
        ),
        rx.el.td(
            rx.cond(
                MAY,
                rx.el.div(
                    rx.cond(row.fix != "", mend, rx.fragment()),
                    # What a button could not mend is a person's matter too.
                    rx.cond((row.fix == "") | (row.problem != ""), accept, rx.fragment()),
                    class_name="row",
                ),
                rx.cond(row.fix != "", rx.fragment(), rx.el.span("A person decides", class_name="hint")),
            )
        ),
        custom_attrs={"data-difference": row.kind},
    )


def _accepted() -> rx.Component:
    heads = ("Order or article", "Here", "What stays", "Why", "")
    rows = rx.fragment(
        table("Accepted differences", heads, rx.foreach(S.accepted, _accepted_row), stacks=True),
        rx.cond(S.more_accepted, rx.el.div(small("Show 50 more", S.show_more_accepted, size="2")), rx.fragment()),
    )
    return rx.cond(S.accepted.length() > 0, panel("Accepted", rows), rx.fragment())


def _accepted_row(row: rx.Var) -> rx.Component:
    again = small("Look again", S.reconsider(row.id), aria_label=f"Look again: {row.about}")
    return rx.el.tr(
        rx.el.th(row.about, scope="row", class_name="article"),
        rx.el.td(rx.cond(row.order != "", rx.link(row.order, href=links.order(row.order)), "–")),
        rx.el.td(row.said, class_name="wrap"),
        rx.el.td(row.reason, rx.el.p(row.who, class_name="hint"), class_name="wrap"),
        rx.el.td(rx.cond(MAY, again, rx.fragment())),
        custom_attrs={"data-accepted": row.about},
    )


def _accept_form() -> rx.Component:
    return form_dialog(
        field("Why does it stay so?", name="reason", max_length=300, required=True),
        problem(S.problem),
        title="Accept this difference?",
        description=rx.el.span(S.accepting_said, " It is not held against the channel as long as it reads like this."),
        open=S.accepting != 0,
        on_open_change=S.close_accept,
        on_submit=S.accept,
        action="Accept",
    )


def _form() -> rx.Component:
    return form_dialog(
        field("Orders changed since", name="since", type="date", default_value=S.since, max=S.latest, required=True),
        problem(S.problem),
        title="Compare now",
        description="Every order that changed on the channel since then, and what it believes of our stock. Nothing is "
        "changed by comparing.",
        open=S.dialog != "",
        on_open_change=S.close_run,
        on_submit=S.run,
        action="Compare",
    )
