"""Shopify, by its Admin GraphQL API."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.shopify.channel import TOPICS, Shopify
from oms_app.integrations.channels.shopify.consent import CONSENT
from oms_app.integrations.channels.shopify.read import read
from oms_app.integrations.channels.shopify.webhook import verify
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="shopify",
        title="Shopify",
        settings=(
            Setting("shop", "Store", "The address that ends in myshopify.com.", example="my-store.myshopify.com"),
            Setting(
                "client_id",
                "Client ID",
                "Dev Dashboard, your app, Settings. Not needed with an access token.",
                required=False,
            ),
            Setting("client_secret", "Client secret", "Beside the client ID; it signs the webhooks.", secret=True),
            Setting(
                "access_token",
                "Access token",
                "Only of an app that shows you one; else it is asked for with the client ID and secret.",
                secret=True,
                required=False,
                rare=True,
            ),
            Setting(
                "refresh_token", "Refresh token", "Only beside such a token.", secret=True, required=False, rare=True
            ),
            Setting(
                "client_secret_before",
                "Client secret before",
                "After you changed the secret: the old one still signs for an hour.",
                secret=True,
                required=False,
                rare=True,
            ),
            Setting(
                "location",
                "Location",
                "Number of the location stock is told for; else the first.",
                required=False,
                rare=True,
            ),
            Setting(
                "notify",
                "Shopify mails buyers",
                "Whether Shopify sends its own mails.",
                required=False,
                example="yes",
                rare=True,
            ),
        ),
        capabilities=frozenset(
            {
                Capability.WEBHOOKS,
                Capability.BULK_LOAD,
                Capability.ACKNOWLEDGE,
                Capability.FULFIL,
                Capability.CANCEL,
                Capability.REFUND,
                Capability.STOCK,
                Capability.PRODUCTS,
                Capability.HOLD,
                Capability.LISTING,
            }
        ),
        stock_at_once=100,
        webhook_topics=TOPICS,
    ),
    connect=Shopify,
    read=read,
    verify=verify,
    consent=CONSENT,
)
