"""Orders that have to do with the one on the screen: what each is to it, and its number."""

from dataclasses import dataclass

from oms_app.domain.related import LinkKind, Related

_OF = {LinkKind.CLONE: "Copy of", LinkKind.RESEND: "Sent again for"}
_AS = {LinkKind.CLONE: "Placed again as", LinkKind.RESEND: "Sent again as"}


@dataclass(frozen=True, slots=True)
class Relative:
    """Another order; there is none where `number` is empty."""

    words: str = ""
    number: str = ""


def relatives(found: Related) -> tuple[Relative, list[Relative]]:
    """(the order it was made from, those made from it)."""
    made_from = Relative(_OF[LinkKind(found.kind)], found.original) if found.original else Relative()
    return made_from, [Relative(_AS[LinkKind(kind)], number) for number, kind in found.copies]
