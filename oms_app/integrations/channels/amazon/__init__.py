"""Amazon, by its Selling Partner API."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.amazon.channel import Amazon
from oms_app.integrations.channels.amazon.read import read
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="amazon",
        title="Amazon",
        settings=(
            Setting("seller_id", "Seller ID", "In Seller Central: Account info, Merchant token.", example="A2XXXXXXX"),
            Setting("marketplace", "Marketplace", "Country; nothing is India.", required=False, example="IN"),
            Setting("client_id", "Client ID", "Of the application: Login with Amazon credentials."),
            Setting("client_secret", "Client secret", "Of the application.", secret=True),
            Setting("refresh_token", "Refresh token", "That you got when you authorised it.", secret=True),
            Setting("sandbox", "Sandbox", "In place of Amazon.", required=False, example="http://127.0.0.1:8045"),
        ),
        capabilities=frozenset(
            {Capability.FULFIL, Capability.CANCEL, Capability.STOCK, Capability.PRODUCTS, Capability.SETTLEMENTS}
        ),
        poll_every_s=300,
        stock_at_once=20,
    ),
    connect=Amazon,
    read=read,
)
