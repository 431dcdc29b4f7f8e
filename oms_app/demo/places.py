"""Where the demo customers live: PINs with their area, city and State, metros more often than small towns."""

import csv
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate
from random import Random

from oms_app.domain.states import BY_NAME

_METROS = {"Mumbai", "New Delhi", "Bengaluru", "Chennai", "Kolkata", "Hyderabad", "Pune", "Ahmedabad"}
_SOUTH = {"Karnataka", "Tamil Nadu", "Kerala", "Andhra Pradesh", "Telangana", "Puducherry"}
_FAR = {"Jammu and Kashmir", "Ladakh", "Andaman and Nicobar Islands", "Sikkim", "Assam", "Meghalaya", "Tripura"} | {
    "Manipur",
    "Mizoram",
    "Nagaland",
    "Arunachal Pradesh",
}
_STREETS = (
    "Gandhi Road",
    "Station Road",
    "Nehru Street",
    "Tagore Road",
    "Lake View Road",
    "School Lane",
    "Temple Street",
    "Market Road",
    "Park Lane",
    "Club Road",
    "Hospital Road",
    "Old Post Office Lane",
)
_HOMES = (
    "Lotus Residency",
    "Sai Krupa CHS",
    "Green Meadows",
    "Palm Court",
    "Shanti Apartments",
    "Silver Oak Towers",
    "Gulmohar Enclave",
    "Anand Vihar Society",
    "Krishna Kunj",
    "Rose Villa",
)
_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")
_LANDMARKS = ("Near Water Tank", "Opp. Community Hall", "Behind Bus Stand", "Near Hanuman Mandir", "Next to City Park")


@dataclass(frozen=True, slots=True)
class Place:
    """One PIN. `area` may be empty."""

    pin: str
    area: str
    city: str
    state: str

    @property
    def gst_code(self) -> str:
        """The two digits a GSTIN of this State begins with."""
        return BY_NAME[self.state].gst

    @property
    def days_away(self) -> float:
        """Usual days of a parcel from the shop's warehouses."""
        if self.state in _FAR:
            return 4.5
        return 1.4 if self.city in _METROS else 2.4


@cache
def places() -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Every place, and the running sum of how often each is drawn."""
    text = resources.files(__package__).joinpath("pins.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = tuple(Place(row["pin"], row["area"], row["city"], row["state"]) for row in rows)
    return found, tuple(accumulate(int(row["weight"]) for row in rows))


def draw(rng: Random) -> Place:
    """A place, by its weight."""
    found, sums = places()
    return found[bisect(sums, rng.randrange(sums[-1]))]


def street(rng: Random, place: Place) -> tuple[str, str]:
    """Two lines of an address there, as people of that region write them."""
    if place.city in _METROS and rng.random() < 0.6:
        first = f"Flat {rng.randint(1, 18)}0{rng.randint(1, 6)}, {rng.choice(_HOMES)}"
    elif place.state in _SOUTH:
        first = f"No. {rng.randint(1, 240)}, {rng.choice(_ORDINALS)} Cross, {rng.choice(_STREETS)}"
    elif rng.random() < 0.5:
        first = f"H.No. {rng.randint(1, 980)}/{rng.randint(1, 40)}, {rng.choice(_STREETS)}"
    else:
        first = f"{rng.choice('ABCDEFGH')}-{rng.randint(1, 180)}, {rng.choice(_STREETS)}"
    landmark = rng.choice(_LANDMARKS) if rng.random() < 0.35 else ""
    return first, ", ".join(part for part in (landmark, place.area) if part)
