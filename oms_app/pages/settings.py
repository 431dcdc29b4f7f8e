"""The settings: a first page of cards, and the frame of the pages behind them."""

from typing import Any

import reflex as rx

from oms_app.components import settings
from oms_app.components.settings import Section
from oms_app.domain.permissions import Permission
from oms_app.pages import shell
from oms_app.state.shell import ShellState

P = Permission
SECTIONS = [
    Section("/settings/account", "Your account", "Password, signed-in browsers, shortcuts", "circle_user"),
    Section("/settings/company", "Company", "Legal name, GSTIN, address, bank, logo", "building_2", P.MANAGE_SETTINGS),
    Section("/settings/stages", "Stages and rules", "What each needs, limits", "columns_3", P.MANAGE_SETTINGS),
    Section("/settings/routing", "Allocation", "Which location keeps an order's units", "route", P.MANAGE_SETTINGS),
    Section("/settings/priorities", "Priorities", "What makes an order urgent", "arrow_up_narrow_wide", P.EDIT_RULES),
    Section("/settings/promises", "Promises", "Ship-by times, holidays, courier cut-offs", "truck", P.EDIT_RULES),
    Section("/settings/checks", "Checks of orders", "What holds an order", "shield_check", P.MANAGE_SETTINGS),
    Section(
        "/settings/payments", "Payments", "When unpaid orders expire, refund limits", "indian_rupee", P.MANAGE_SETTINGS
    ),
    Section("/rules", "Automation", "Rules that act by themselves", "workflow", P.MANAGE_RULES),
    Section("/settings/users", "Users", "Who may sign in, and what they may do", "users", P.MANAGE_USERS),
    Section("/settings/tokens", "API tokens", "Programs that read and write orders", "key_round", P.MANAGE_USERS),
    Section("/settings/places", "Channels and locations", "Where orders come from, where stock lies", "store"),
    Section("/settings/data", "Data", "Demo shop, import, backup", "database", P.MANAGE_SETTINGS),
]


@shell.page("/settings", "Settings", needs=None)
def page() -> rx.Component:
    """One card for each part of the settings."""
    return rx.fragment(
        shell.heading("Settings"),
        rx.el.div(*(settings.card(each, ShellState.may) for each in SECTIONS), class_name="settings-cards"),
    )


def section(route: str, *children: Any, actions: tuple[Any, ...] = ()) -> rx.Component:
    """A settings page beside the list of all of them."""
    title = next(each.title for each in SECTIONS if each.route == route)
    return rx.fragment(
        shell.heading(title, *actions),
        rx.el.div(
            settings.side_list(SECTIONS, route, ShellState.may),
            rx.el.div(*children, class_name="stack"),
            class_name="settings-frame",
        ),
    )
