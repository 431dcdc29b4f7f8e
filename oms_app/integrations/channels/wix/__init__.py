"""Wix, by its REST API."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.wix.channel import Wix
from oms_app.integrations.channels.wix.read import read
from oms_app.integrations.channels.wix.webhook import TOPICS, verify
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="wix",
        title="Wix",
        settings=(
            Setting(
                "site_id", "Site ID", "With an API key: the part after /dashboard/ in its address.", required=False
            ),
            Setting("api_key", "API key", "Account settings, API keys; or an app, below.", secret=True, required=False),
            Setting(
                "app_id", "App ID", "Of an app of yours that the site has installed: its OAuth page.", required=False
            ),
            Setting("instance_id", "Instance ID", "Of the app on this site.", required=False),
            Setting("app_secret", "App secret", "Beside the app ID.", secret=True, required=False),
            Setting(
                "refresh_token",
                "Refresh token",
                "Only for an app that signs in the old way.",
                secret=True,
                required=False,
                rare=True,
            ),
            Setting(
                "public_key",
                "Public key",
                "Of the app; by it webhooks are believed. Without one Wix is only polled.",
                required=False,
            ),
            Setting(
                "location",
                "Location ID",
                "Where stock is told for, if the site has several.",
                required=False,
                rare=True,
            ),
            Setting(
                "notify",
                "Wix mails buyers",
                "Whether Wix sends its own mails.",
                required=False,
                example="yes",
                rare=True,
            ),
            Setting(
                "address",
                "API address",
                "Only for a sandbox; empty is Wix itself.",
                required=False,
                example="http://127.0.0.1:8040",
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
        by_hand="On the app's page in Wix, under Webhooks",
    ),
    connect=Wix,
    read=read,
    verify=verify,
)
