"""Files that are dropped on a page, and a list among them: chosen, tried, shown, taken."""

from typing import Any

import reflex as rx

from oms_app.components.forms import problem
from oms_app.components.settings import small


def drop_zone(words: str, *, id: str, label: str, on_drop: Any, **props: Any) -> rx.Component:
    """A place to choose files or drop them; `label` names its input to who cannot see it."""
    named = f"document.querySelector('#{id} input')?.setAttribute('aria-label', '{label}')"
    upload = rx.upload(
        rx.text(words),
        id=id,
        on_drop=on_drop(rx.upload_files(upload_id=id)),
        class_name="drop-file",
        border="1px dashed var(--gray-a8)",
        padding="16px",
        **props,
    )
    return rx.el.div(upload, on_mount=rx.call_script(named))


def list_file(files: Any, words: str, *, id: str, label: str) -> rx.Component:
    """A list of which a state (state/list_files.py) says what it would do, before it is taken."""
    shown = rx.el.div(
        rx.text(files.said, weight="medium", custom_attrs={"data-preview": ""}),
        rx.el.ul(rx.foreach(files.reasons, rx.el.li)),
        rx.el.div(
            rx.button("Import it", on_click=files.take, disabled=files.changes == 0),
            small("Drop it", files.drop, size="2"),
            class_name="row",
        ),
        role="status",
        class_name="stack",
    )
    choose = drop_zone(words, id=id, label=label, on_drop=files.preview, multiple=False, max_files=1)
    return rx.fragment(rx.cond(files.token != "", shown, choose), problem(files.problem))
