"""Telling somebody of an order."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from oms_app.api.endpoint import Endpoints
from oms_app.api.fields import Body, Name, Required
from oms_app.domain.permissions import Actor
from oms_app.domain.permissions import Permission as P
from oms_app.services import notices

endpoints = Endpoints("notices")


class NewNotice(Body):
    """Who is told (an e-mail address or a role), and what."""

    to: Annotated[Required, Field(max_length=254, examples=["warehouse"])]
    body: Annotated[Required, Field(max_length=500)]


class Told(TypedDict):
    """How many people read it."""

    readers: int


@endpoints.post("/orders/{number}/notices", P.NOTE_ORDERS)
def tell_of_order(actor: Actor, number: Name, body: NewNotice) -> Told:
    """Tell somebody of an order: a notice inside the shop, and a letter where a mail server is set."""
    return {"readers": notices.tell_of(actor, number, body.to.lower(), body.body)}
