"""Who buys in a sandbox: a few invented people, at addresses that agree with their PIN and State."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer. `state` is the State's name, `state_code` its ISO 3166-2 letters; a guest has no account."""

    number: int
    first: str
    last: str
    email: str
    phone: str
    line1: str
    line2: str
    city: str
    state: str
    state_code: str
    postal_code: str
    country: str = "IN"
    company: str = ""
    gstin: str = ""
    guest: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}".strip()


BUYERS = (
    Buyer(1, "Asha", "Iyer", "asha.iyer@example.in", "+919845012301", "14 Lake View Road", "Ulsoor",
          "Bengaluru", "Karnataka", "KA", "560001"),
    Buyer(2, "Rohan", "Deshmukh", "rohan.deshmukh@example.in", "+919820012302", "Flat 7, Shanti Kunj", "Law College Rd",
          "Pune", "Maharashtra", "MH", "411004"),
    Buyer(3, "Farah", "Khan", "farah.khan@example.in", "+919810012303", "C-22, Second Floor", "Hauz Khas",
          "New Delhi", "Delhi", "DL", "110016"),
    Buyer(4, "Arjun", "Nair", "arjun.nair@example.in", "+919847012304", "Kottaram House", "Panampilly Nagar",
          "Kochi", "Kerala", "KL", "682036"),
    Buyer(5, "Meera", "Chatterjee", "meera.c@example.in", "+919831012305", "31/2 Southern Avenue", "",
          "Kolkata", "West Bengal", "WB", "700029"),
    Buyer(6, "Kabir", "Mehta", "kabir.mehta@example.in", "+919824012306", "9 Rajpath Society", "Bodakdev",
          "Ahmedabad", "Gujarat", "GJ", "380054"),
    Buyer(7, "Lakshmi", "Reddy", "", "+919849012307", "Plot 88, Road No. 12", "Banjara Hills",
          "Hyderabad", "Telangana", "TS", "500034", guest=True),
    Buyer(8, "Neel", "Joshi", "accounts@joshi-stores.example", "+919821012308", "4 Mathuradas Mills", "Lower Parel",
          "Mumbai", "Maharashtra", "MH", "400013", company="Joshi Stores LLP", gstin="27AAPFU0939F1ZV"),
)  # fmt: skip
