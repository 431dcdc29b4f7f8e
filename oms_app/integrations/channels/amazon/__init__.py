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
            Setting("marketplace", "Marketplace", "Country; India where it is empty.", required=False, example="IN"),
            Setting("client_id", "Client ID", "Seller Central, Develop Apps, your app: LWA credentials."),
            Setting("client_secret", "Client secret", "Beside the client ID.", secret=True),
            Setting(
                "refresh_token", "Refresh token", "Shown when you authorise the app for your account.", secret=True
            ),
            Setting(
                "sandbox", "Sandbox", "In place of Amazon.", required=False, example="http://127.0.0.1:8045", rare=True
            ),
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
