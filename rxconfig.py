"""Settings of Reflex: nothing phones home, sessions live in memory, the front end finds its server wherever it is."""

import os
import re
from pathlib import Path
from typing import Any

import reflex as rx


class SameOrigin(rx.plugins.Plugin):
    """Lets the built front end talk to the host and port it was loaded from.

    Reflex bakes one absolute address into the build, which is dead on another port, behind a proxy and on the phone
    in the warehouse. The address becomes an expression that the browser evaluates.
    """

    def post_build(self, **context: Any) -> None:
        """Rewrite the one built file that holds the address, before it is compressed."""
        [file] = Path(context["static_dir"], "assets").glob("reflex-env-*.js")
        server = re.escape(rx.config.get_config().api_url.split(":", 1)[1])
        script, sockets = re.subn(
            rf"([`'\"])wss?:{server}", r'location.origin.replace("http","ws")+\1', file.read_text()
        )
        script, pages = re.subn(rf"([`'\"])https?:{server}", r"location.origin+\1", script)
        if not (sockets and pages):
            raise RuntimeError(
                f"{file.name} no longer holds the server's address: bring rxconfig.SameOrigin up to date."
            )
        file.write_text(script)


redis_url = os.environ.get("OMS_REDIS_URL") or None

config = rx.Config(
    app_name="oms_app",
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[SameOrigin(), rx.plugins.RadixThemesPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    # Reflex's default pickles every session to disk.
    state_manager_mode=rx.constants.StateManagerMode.REDIS if redis_url else rx.constants.StateManagerMode.MEMORY,
    redis_url=redis_url,
    # No other site may read our answers; oms_app/api/edge.py compares Origin with Host.
    cors_allowed_origins=(),
)
