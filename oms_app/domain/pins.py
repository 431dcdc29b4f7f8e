"""How far apart two Indian PINs are, roughly: the first two digits name a postal circle, and each has a middle.

The middles are our own, read off a map to a tenth of a degree; enough to choose the nearer of two warehouses.
"""

import math
from functools import lru_cache

UNKNOWN_KM = 9_999.0
"""Farther than anything in India: where either PIN says nothing."""

_MIDDLES = """
11 28.6 77.2, 12 28.5 76.9, 13 29.9 76.9, 14 31.2 75.4, 15 30.2 75.1, 16 30.7 76.8, 17 31.4 76.9, 18 32.8 75.0,
19 34.0 75.0, 20 28.0 78.0, 21 25.6 81.2, 22 26.4 82.3, 23 25.6 82.6, 24 29.0 79.0, 25 29.2 77.8, 26 28.2 80.2,
27 27.0 83.1, 28 26.4 78.6, 30 26.9 75.6, 31 24.9 74.2, 32 26.0 76.3, 33 28.2 74.2, 34 26.3 72.2, 36 22.1 70.5,
37 23.3 69.8, 38 23.3 72.5, 39 21.8 73.0, 40 19.2 72.9, 41 18.2 74.5, 42 20.3 74.2, 43 19.6 76.0, 44 20.8 78.6,
45 22.7 75.7, 46 23.3 77.4, 47 25.5 78.2, 48 23.4 80.2, 49 21.3 81.8, 50 17.6 78.6, 51 15.0 78.0, 52 16.1 80.4,
53 17.5 82.6, 56 13.1 77.4, 57 13.0 75.9, 58 15.2 75.4, 59 16.2 75.0, 60 12.7 79.8, 61 10.9 79.3, 62 9.3 77.9,
63 11.7 78.4, 64 11.1 77.0, 67 11.5 75.7, 68 10.2 76.4, 69 9.0 76.8, 70 22.6 88.4, 71 22.7 87.8, 72 22.6 87.1,
73 26.3 88.5, 74 22.9 88.6, 75 20.5 85.6, 76 20.0 84.2, 77 21.5 84.1, 78 26.3 91.8, 79 25.6 93.6, 80 25.3 85.1,
81 24.9 86.6, 82 24.0 85.3, 83 22.9 85.6, 84 26.3 85.4, 85 25.9 87.1
"""
MIDDLES = {prefix: (float(north), float(east)) for prefix, north, east in map(str.split, _MIDDLES.split(","))}
_EARTH_KM = 6_371


@lru_cache(maxsize=8_192)
def distance_km(one: str, other: str) -> float:
    """Kilometres between the middles of the circles of two PINs, whole; UNKNOWN_KM where one is no Indian PIN."""
    here, there = MIDDLES.get(one.strip()[:2]), MIDDLES.get(other.strip()[:2])
    if here is None or there is None:
        return UNKNOWN_KM
    (north, east), (north2, east2) = (tuple(map(math.radians, each)) for each in (here, there))
    half = math.sin((north2 - north) / 2) ** 2
    half += math.cos(north) * math.cos(north2) * math.sin((east2 - east) / 2) ** 2
    return float(round(2 * _EARTH_KM * math.asin(math.sqrt(half))))
