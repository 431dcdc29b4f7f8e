"""CSV files in a folder: orders are dropped into its inbox, what is told is found in its outbox."""

from oms_app.domain.channels import Capability, ChannelKind, Setting
from oms_app.integrations.channels.csv_files.channel import CsvFiles
from oms_app.integrations.channels.csv_files.read import read
from oms_app.integrations.ports import Adapter

ADAPTER = Adapter(
    kind=ChannelKind(
        name="csv",
        title="CSV files",
        settings=(
            Setting("folder", "Folder", "Its name, inside `channels` of the data directory.", example="flea-market"),
            Setting(
                "time_zone",
                "Time zone",
                "Of times without an offset; without it UTC.",
                required=False,
                example="Asia/Kolkata",
                rare=True,
            ),
        ),
        capabilities=frozenset(
            {
                Capability.ACKNOWLEDGE,
                Capability.FULFIL,
                Capability.CANCEL,
                Capability.REFUND,
                Capability.STOCK,
                Capability.PRODUCTS,
            }
        ),
        poll_every_s=10,
        stock_at_once=5_000,
    ),
    connect=CsvFiles,
    read=read,
)
