"""The States of India: the name used everywhere, the GST code, and the other ways exports spell them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """A State or Union Territory. `gst` is the two digits a GSTIN starts with, `iso` the part after "IN-"."""

    name: str
    gst: str
    iso: str
    aliases: tuple[str, ...] = ()


STATES = (
    State("Jammu and Kashmir", "01", "JK", ("jammu & kashmir", "j&k")),
    State("Himachal Pradesh", "02", "HP"),
    State("Punjab", "03", "PB"),
    State("Chandigarh", "04", "CH"),
    State("Uttarakhand", "05", "UT", ("uttaranchal", "uk", "ua")),
    State("Haryana", "06", "HR"),
    State("Delhi", "07", "DL", ("new delhi", "nct of delhi", "delhi ncr")),
    State("Rajasthan", "08", "RJ"),
    State("Uttar Pradesh", "09", "UP"),
    State("Bihar", "10", "BR"),
    State("Sikkim", "11", "SK"),
    State("Arunachal Pradesh", "12", "AR"),
    State("Nagaland", "13", "NL"),
    State("Manipur", "14", "MN"),
    State("Mizoram", "15", "MZ"),
    State("Tripura", "16", "TR"),
    State("Meghalaya", "17", "ML"),
    State("Assam", "18", "AS"),
    State("West Bengal", "19", "WB"),
    State("Jharkhand", "20", "JH"),
    State("Odisha", "21", "OD", ("orissa", "or")),
    State("Chhattisgarh", "22", "CG", ("chattisgarh", "chhatisgarh", "ct")),
    State("Madhya Pradesh", "23", "MP"),
    State("Gujarat", "24", "GJ"),
    State(
        "Dadra and Nagar Haveli and Daman and Diu",
        "26",
        "DH",
        ("dadra and nagar haveli", "dadra & nagar haveli", "daman and diu", "daman & diu", "dn", "dd"),
    ),
    State("Maharashtra", "27", "MH"),
    State("Karnataka", "29", "KA"),
    State("Goa", "30", "GA"),
    State("Lakshadweep", "31", "LD"),
    State("Kerala", "32", "KL"),
    State("Tamil Nadu", "33", "TN", ("tamilnadu",)),
    State("Puducherry", "34", "PY", ("pondicherry",)),
    State("Andaman and Nicobar Islands", "35", "AN", ("andaman & nicobar islands", "andaman and nicobar")),
    State("Telangana", "36", "TS", ("telengana", "tg")),
    State("Andhra Pradesh", "37", "AP"),
    State("Ladakh", "38", "LA"),
)

BY_NAME = {state.name: state for state in STATES}
_SPELLINGS = {
    spelling.lower(): state.name
    for state in STATES
    for spelling in (state.name, state.iso, f"in-{state.iso}", *state.aliases)
}


def state_name(given: str) -> str:
    """The State's own name for any known spelling ("KA", "IN-KA", "KARNATAKA"), else the text as given."""
    text = " ".join(given.split())
    return _SPELLINGS.get(text.lower(), text)
