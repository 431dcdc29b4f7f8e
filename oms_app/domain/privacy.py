"""What somebody sees of a customer who may not see customers."""

from oms_app.domain.orders import AddressView, CustomerView

MASK = "•••"


def masked_name(name: str) -> str:
    """Initials only: “Asha Rao” → “A. R.”."""
    return " ".join(f"{word[0]}." for word in name.split()) or MASK


def masked_customer(customer: CustomerView) -> CustomerView:
    """The customer without anything that identifies them."""
    return CustomerView(
        id=customer.id,
        name=masked_name(customer.name),
        email=MASK,
        phone=MASK,
        orders=customer.orders,
        spent=customer.spent,
    )


def masked_address(address: AddressView) -> AddressView:
    """The town and no more: enough for a map, too little for a visit."""
    return AddressView(
        name=MASK,
        phone=MASK,
        line1=MASK,
        line2="",
        city=address.city,
        state=address.state,
        postal_code=address.postal_code[:3],
        country=address.country,
    )
