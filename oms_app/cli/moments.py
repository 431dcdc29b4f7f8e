"""Days and moments as the command line takes them."""

from datetime import datetime

import typer


def moment(text: str) -> datetime:
    """A day (its beginning in the shop's zone) or a whole moment, ISO 8601. Raises BadParameter."""
    from zoneinfo import ZoneInfo

    from oms_app.settings import get_settings

    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"Write a day such as 2026-11-01 instead of {text}.") from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(get_settings().timezone))
