"""Messages of the plugin in a Vendure shop: signed, and naming the order that changed."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256

from oms_app.domain.channels import Connection, Delivery
from oms_app.domain.errors import Malformed, Unauthenticated


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, if it was signed with the connection's secret: the order is to be read back."""
    secret = connection.secrets.get("webhook_secret", "")
    expected = hmac.new(secret.encode(), body, sha256).hexdigest()
    given = headers.get("x-oms-signature", "")
    if not secret or not hmac.compare_digest(expected.encode(), given.encode()):
        raise Unauthenticated("The signature of the message does not hold.")
    try:
        said = json.loads(body)
        return Delivery(str(said["id"]), "order", changed=(str(said["order"]),))
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("The message is not one of the plugin's.") from error
