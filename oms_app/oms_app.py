"""The composition root: the Reflex app out of pages, API and jobs."""

import reflex as rx

from oms_app.api.edge import Edge
from oms_app.pages import sign_in

app = rx.App(api_transformer=[Edge])
app.add_page(sign_in.page, route="/", title="Sign in · OMS")
