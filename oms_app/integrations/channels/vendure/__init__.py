"""Vendure, by its Admin API; docs/channels/vendure.md has the plugin that goes with it."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.vendure.channel import AT_ONCE, Vendure
from oms_app.integrations.channels.vendure.read import read
from oms_app.integrations.channels.vendure.webhook import verify
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="vendure",
        title="Vendure",
        settings=(
            Setting(
                "url", "Admin API", "Where the shop's Admin API answers.", example="https://shop.example/admin-api"
            ),
            Setting("username", "Administrator", "Somebody who may see and change orders and the stock."),
            Setting("password", "Password", "Of that administrator.", secret=True),
            Setting("webhook_secret", "Webhook secret", "OMS_WEBHOOK_SECRET of the shop's plugin.", secret=True),
            Setting(
                "channel_token",
                "Channel token",
                "Of one of several channels; else the first.",
                required=False,
                rare=True,
            ),
            Setting(
                "stock_location", "Stock location", "Its name, where there are several.", required=False, rare=True
            ),
        ),
        capabilities=frozenset(
            {
                Capability.WEBHOOKS,
                Capability.ACKNOWLEDGE,
                Capability.FULFIL,
                Capability.CANCEL,
                Capability.REFUND,
                Capability.STOCK,
                Capability.LISTING,
            }
        ),
        poll_every_s=30,
        stock_at_once=AT_ONCE,
    ),
    connect=Vendure,
    read=read,
    verify=verify,
)
