"""Who buys in the demo shop: invented people of every region, at addresses that agree with their PIN and State."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from string import ascii_uppercase

from stdnum import luhn

from oms_app.demo.places import Place, draw, street
from oms_app.domain.orders import AddressDraft

_ALPHABET = "0123456789" + ascii_uppercase
_HOME = {
    "Maharashtra": "marathi",
    "Gujarat": "gujarati",
    "Dadra and Nagar Haveli and Daman and Diu": "gujarati",
    "Rajasthan": "rajasthani",
    "Punjab": "punjabi",
    "Chandigarh": "punjabi",
    "West Bengal": "bengali",
    "Tripura": "bengali",
    "Andaman and Nicobar Islands": "bengali",
    "Odisha": "odia",
    "Assam": "assamese",
    "Tamil Nadu": "tamil",
    "Puducherry": "tamil",
    "Telangana": "telugu",
    "Andhra Pradesh": "telugu",
    "Karnataka": "kannada",
    "Kerala": "malayali",
    "Goa": "christian",
    "Jammu and Kashmir": "kashmiri",
    "Ladakh": "northeast",
    "Himachal Pradesh": "pahari",
    "Uttarakhand": "pahari",
} | dict.fromkeys(("Meghalaya", "Manipur", "Mizoram", "Nagaland", "Sikkim", "Arunachal Pradesh"), "northeast")
"""The community a State's people mostly belong to; Hindi-speaking where none is named."""

_TRADES = ("Boutique", "Handicrafts", "Home Store", "Emporium", "Lifestyle", "Gifts", "Interiors", "Stays")


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer: where they live, how they are reached, and the firm with its GSTIN where they buy for one."""

    name: str
    email: str
    phone: str
    place: Place
    lines: tuple[str, str]
    firm: str = ""
    gstin: str = ""

    @property
    def address(self) -> AddressDraft:
        """Where their parcels go."""
        return AddressDraft(
            name=self.firm or self.name,
            phone=self.phone,
            line1=self.lines[0],
            line2=self.lines[1],
            city=self.place.city,
            state=self.place.state,
            postal_code=self.place.pin,
        )


def person(rng: Random, number: int, *, firm: bool = False) -> Person:
    """An invented person; `number` tells apart those of one name, by e-mail and phone."""
    place = draw(rng)
    community = _HOME.get(place.state, "hindi") if rng.random() < 0.62 else rng.choice(tuple(_names()))
    women, men, surnames = _names()[community]
    first = rng.choice(women if rng.random() < 0.66 else men)
    last = rng.choice(surnames)
    business = f"{last} {rng.choice(_TRADES)}".replace("'", "") if firm else ""
    plain = f"{first}.{last}".lower().replace("'", "")
    return Person(
        name=f"{first} {last}",
        email=f"{plain}{number}@{'business' if firm else 'mail'}.example",
        phone=f"+91{rng.choice(('98', '99', '97', '90', '81', '70'))}{(number + 1) * 61_803_399 % 10**8:08d}",
        place=place,
        lines=street(rng, place),
        firm=business,
        gstin=gstin(rng, place, business) if firm else "",
    )


def gstin(rng: Random, place: Place, holder: str) -> str:
    """A GSTIN of the place's State for an invented firm, with its check digit (Luhn mod 36)."""
    letters = "".join(rng.choice(ascii_uppercase) for _ in range(3))
    pan = f"{letters}F{holder[0].upper()}{rng.randint(1, 9999):04d}{rng.choice(ascii_uppercase)}"
    return with_check_digit(f"{place.gst_code}{pan}1Z")


def with_check_digit(gstin: str) -> str:
    """The first fourteen characters of a GSTIN with the fifteenth."""
    return gstin + luhn.calc_check_digit(gstin, _ALPHABET)


@cache
def _names() -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Women's names, men's names and surnames by community."""
    text = resources.files(__package__).joinpath("names.csv").read_text("utf-8")
    return {
        row["community"]: (row["women"].split(), row["men"].split(), row["surnames"].split())
        for row in csv.DictReader(text.splitlines())
    }
