"""Stages and severities, always a word and never colour alone."""

from typing import Any

import reflex as rx

STAGE_COLORS = {
    "placed": "gray",
    "processing": "blue",
    "ready": "cyan",
    "picking": "violet",
    "packed": "plum",
    "shipped": "teal",
    "delivered": "green",
    "cancelled": "gray",
    "hold": "amber",
    "return": "bronze",
}
SEVERITY = {
    "info": ("indigo", "info"),
    "ok": ("green", "circle_check"),
    "due": ("amber", "clock"),
    "late": ("red", "clock_alert"),
    "breached": ("red", "octagon_alert"),
}


def stage_badge(stage: str | rx.Var[str], title: str | rx.Var[str], size: str = "1") -> rx.Component:
    """The stage's word in its colour; Cancelled is an outline."""
    return rx.badge(
        title,
        color_scheme=rx.match(stage, *STAGE_COLORS.items(), "gray"),
        variant=rx.match(stage, ("cancelled", "outline"), "soft"),
        high_contrast=True,
        size=size,
        custom_attrs={"data-stage-badge": stage},
    )


def severity_badge(severity: str | rx.Var[str], text: str | rx.Var[str], size: str = "1") -> rx.Component:
    """An icon and a word for how urgent something is: info, ok, due, late or breached."""
    return rx.badge(
        rx.match(severity, *((name, _icon(icon)) for name, (_, icon) in SEVERITY.items()), _icon("info")),
        text,
        color_scheme=rx.match(severity, *((name, color) for name, (color, _) in SEVERITY.items()), "gray"),
        variant=rx.match(severity, ("breached", "solid"), "soft"),
        high_contrast=True,
        size=size,
        custom_attrs={"data-severity": severity},
    )


def _icon(name: str) -> rx.Component:
    return rx.icon(name, size=12, aria_hidden="true")


def demo_badge(**props: Any) -> rx.Component:
    """Marks what belongs to the demo shop."""
    return rx.badge("DEMO", color_scheme="amber", variant="soft", high_contrast=True, **props)
