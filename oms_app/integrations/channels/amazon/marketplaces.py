"""Amazon's marketplaces: what each is called, its currency, and which of Amazon's three addresses serves it."""

from dataclasses import dataclass

from oms_app.domain.errors import Malformed

_EUROPE = "https://sellingpartnerapi-eu.amazon.com"
_AMERICA = "https://sellingpartnerapi-na.amazon.com"
_FAR_EAST = "https://sellingpartnerapi-fe.amazon.com"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One of them. `tax_on_top`: prices are shown without tax there."""

    id: str
    title: str
    country: str
    currency: str
    address: str
    tax_on_top: bool = False


MARKETPLACES = (
    Marketplace("A21TJRUUN4KGV", "Amazon.in", "IN", "INR", _EUROPE),
    Marketplace("A2VIGQ35RCS4UG", "Amazon.ae", "AE", "AED", _EUROPE),
    Marketplace("A17E79C6D8DWNP", "Amazon.sa", "SA", "SAR", _EUROPE),
    Marketplace("ARBP9OOSHTCHU", "Amazon.eg", "EG", "EGP", _EUROPE),
    Marketplace("A1F83G8C2ARO7P", "Amazon.co.uk", "GB", "GBP", _EUROPE),
    Marketplace("A1PA6795UKMFR9", "Amazon.de", "DE", "EUR", _EUROPE),
    Marketplace("A13V1IB3VIYZZH", "Amazon.fr", "FR", "EUR", _EUROPE),
    Marketplace("APJ6JRA9NG5V4", "Amazon.it", "IT", "EUR", _EUROPE),
    Marketplace("A1RKKUPIHCS9HS", "Amazon.es", "ES", "EUR", _EUROPE),
    Marketplace("A1805IZSGTT6HS", "Amazon.nl", "NL", "EUR", _EUROPE),
    Marketplace("AMEN7PMS3EDWL", "Amazon.com.be", "BE", "EUR", _EUROPE),
    Marketplace("A28R8C7NBKEWEA", "Amazon.ie", "IE", "EUR", _EUROPE),
    Marketplace("A2NODRKZP88ZB9", "Amazon.se", "SE", "SEK", _EUROPE),
    Marketplace("A1C3SOZRARQ6R3", "Amazon.pl", "PL", "PLN", _EUROPE),
    Marketplace("A33AVAJ2PDY3EV", "Amazon.com.tr", "TR", "TRY", _EUROPE),
    Marketplace("AE08WJ6YKNBMC", "Amazon.co.za", "ZA", "ZAR", _EUROPE),
    Marketplace("ATVPDKIKX0DER", "Amazon.com", "US", "USD", _AMERICA, tax_on_top=True),
    Marketplace("A2EUQ1WTGCTBG2", "Amazon.ca", "CA", "CAD", _AMERICA, tax_on_top=True),
    Marketplace("A1AM78C64UM0Y8", "Amazon.com.mx", "MX", "MXN", _AMERICA),
    Marketplace("A2Q3Y263D00KWC", "Amazon.com.br", "BR", "BRL", _AMERICA),
    Marketplace("A1VC38T7YXB528", "Amazon.co.jp", "JP", "JPY", _FAR_EAST),
    Marketplace("A39IBJ37TRP1C6", "Amazon.com.au", "AU", "AUD", _FAR_EAST),
    Marketplace("A19VAU5U5O7RUS", "Amazon.sg", "SG", "SGD", _FAR_EAST),
)

TAX_ON_TOP = frozenset(each.id for each in MARKETPLACES if each.tax_on_top)


def marketplace(said: str) -> Marketplace:
    """By its id, its country or its name; nothing said: India. Raises Malformed."""
    wanted = said.strip().casefold()
    for each in MARKETPLACES:
        if not wanted or wanted in (each.id.casefold(), each.country.casefold(), each.title.casefold()):
            return each
    raise Malformed(
        f"“{said}” is no marketplace of Amazon's; write its country, like IN.", details={"field": "marketplace"}
    )
