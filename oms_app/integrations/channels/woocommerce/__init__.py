"""WooCommerce, by its REST API v3."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.woocommerce.channel import WooCommerce
from oms_app.integrations.channels.woocommerce.read import read
from oms_app.integrations.channels.woocommerce.webhook import TOPICS, verify
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="woocommerce",
        title="WooCommerce",
        settings=(
            Setting("address", "Shop", "Where WordPress is, with https.", example="https://www.my-shop.example"),
            Setting(
                "consumer_key",
                "Consumer key",
                "WooCommerce, Settings, Advanced, REST API: a key with Read/Write.",
                secret=True,
            ),
            Setting("consumer_secret", "Consumer secret", "Shown once, when the key is made.", secret=True),
            Setting(
                "webhook_secret",
                "Webhook secret",
                "Only where you made the webhooks by hand; else it is derived from the consumer secret.",
                secret=True,
                required=False,
                rare=True,
            ),
            Setting(
                "notify",
                "WooCommerce mails buyers",
                "Whether the note about a parcel goes to the buyer.",
                required=False,
                example="yes",
                rare=True,
            ),
            Setting(
                "pay_back",
                "WooCommerce pays back",
                "Whether a refund goes through the shop's payment gateway; “no” only records it.",
                required=False,
                example="yes",
                rare=True,
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
                Capability.PRODUCTS,
                Capability.LISTING,
            }
        ),
        stock_at_once=100,
        webhook_topics=TOPICS,
    ),
    connect=WooCommerce,
    read=read,
    verify=verify,
)
