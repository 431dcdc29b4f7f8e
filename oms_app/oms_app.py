"""The composition root: the Reflex app out of pages, API and jobs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from reflex.app import default_error_boundary

from oms_app import pages
from oms_app.api import channel_consent, exports, pictures, routes, sign_in, webhooks
from oms_app.api.door import Door
from oms_app.api.edge import Edge
from oms_app.db.checkpoint import checkpointing
from oms_app.demo import stream
from oms_app.jobs.worker import Worker
from oms_app.pages import shell
from oms_app.services import logs
from oms_app.services.live import Hub
from oms_app.settings import ROOT
from oms_app.state import live as browsers
from oms_app.state.owner import Owner
from oms_app.state.session import explain


@asynccontextmanager
async def checkpoints() -> AsyncIterator[None]:
    """Keep SQLite's log short while this process serves."""
    with checkpointing():
        yield


@asynccontextmanager
async def live() -> AsyncIterator[None]:
    """Follow the spine while this process serves, so that open screens hear of every change."""
    hub = await asyncio.to_thread(lambda: Hub().start())
    yield
    await asyncio.to_thread(hub.stop)


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Take a turn at what the shop does by itself."""
    worker = Worker().start()
    yield
    await asyncio.to_thread(worker.stop)


def error_boundary(stateful: bool) -> rx.Component:
    """What stands in for a page whose script broke; the connection pill replaces Reflex's own banner."""
    return default_error_boundary()


STYLES = sorted((ROOT / "assets").glob("*.css"), key=lambda file: (file.name != "styles.css", file.name))

logs.configure()
app = rx.App(
    theme=rx.theme(accent_color="indigo", gray_color="slate", radius="medium", panel_background="solid", scaling="95%"),
    stylesheets=[f"/{file.name}" for file in STYLES],
    head_components=[rx.el.script(src="/shell.js"), rx.el.script(src="/combobox.js"), rx.el.script(src="/entry.js")],
    toaster=rx.toast.provider(position="bottom-right", close_button=True, rich_colors=False),
    app_wraps={(55, "ErrorBoundary"): error_boundary},
    backend_exception_handler=explain,
    api_transformer=[
        Door,
        sign_in.routes,
        exports.routes,
        pictures.routes,
        webhooks.routes,
        channel_consent.routes,
        routes.app.before,
        Edge,
    ],
)
app.add_middleware(Owner(), index=0)
app.register_lifespan_task(checkpoints)
app.register_lifespan_task(live)
app.register_lifespan_task(stream.alongside)
app.register_lifespan_task(working)
app.register_lifespan_task(browsers.fan_out, reflex=app)
pages.load()
shell.add_pages(app)
