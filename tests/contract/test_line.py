"""The line to a channel: slow, dead, forged or overheard."""

import pytest

from oms_app.domain import call_log
from oms_app.domain.channels import Capability, Connection, Position
from oms_app.domain.errors import Malformed, Rejected, Unauthenticated, Unavailable
from oms_app.integrations.sandbox.buyers import BUYERS
from oms_app.integrations.sandbox.faults import Fault, Faults, Odds
from oms_app.integrations.sandbox.vendor import Message
from tests.contract.rig import START, Rig, channels, connected

HOOK = "https://shop.example/webhooks/sandbox/secret-path"


@channels(by_http=True)
@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.NONE])
def test_what_passes_is_worth_another_try(kind: str, fault: Fault) -> None:
    with connected(kind) as rig:
        order = rig.shop.place([("DIYA-12", 1)])
        rig.faults.plan.append(fault)
        with pytest.raises(Unavailable) as error:
            rig.channel.orders(Position(START))
        assert ("retry_after" in error.value.details) == (fault is Fault.THROTTLED)
        assert rig.read(order).number == order.name


@channels(by_http=True)
def test_wrong_secrets_are_rejected_and_never_shown(kind: str) -> None:
    with connected(kind) as rig:
        rig.shop.place([("DIYA-12", 1)])
        wrong = {name: f"wrong-{value}" for name, value in rig.connection.secrets.items()}
        good = rig.connection
        rig.connection = Connection(good.name, good.currency, good.settings, wrong)
        with pytest.raises(Rejected) as error:
            rig.adapter.connect(rig.connection, rig.http).test()
        assert rig.channel.test()
        list(rig.walk())
        shown = [str(error.value), repr(error.value.details), repr(rig.connection), repr(good), repr(rig.channel)]
        assert rig.calls
        shown += [repr(call) for call in rig.calls]
        for secret in (*good.secrets.values(), *wrong.values()):
            assert not any(secret in each for each in shown)


@channels()
def test_the_log_of_calls_names_nobody(kind: str) -> None:
    with connected(kind) as rig:
        wish = (("Engraving", "For Amma"),)
        orders = [
            rig.shop.place([rig.shop.line("DIYA-12", 1, personalisation=wish)], buyer=each, note="Ask for Savitri")
            for each in BUYERS
        ]
        list(rig.walk())
        rig.read(orders[0])
        kept = "\n".join(call_log.masked(call.response, rig.connection.secrets.values()) for call in rig.calls)
        for buyer in BUYERS:
            for said in (buyer.name, buyer.email, buyer.phone, buyer.line1, buyer.company, buyer.gstin):
                assert not said or said not in kept, f"{said!r} is in the log"
        for said in ("Amma", "Savitri"):
            assert said not in kept, f"{said!r} is in the log"
        assert not rig.calls or "DIYA-12" in kept, "what was sold may stand there"


@channels(Capability.WEBHOOKS)
def test_a_signed_webhook_says_which_order(kind: str) -> None:
    with connected(kind) as rig:
        first, second = hooks(rig), hooks(rig)
        assert len(first) == len(second) > 0
        for message in (*first, *second):
            delivery = rig.adapter.verify(rig.connection, lower(message), message.body)
            told = set(delivery.changed) | ({delivery.resource.external_id} if delivery.resource else set())
            assert told <= {rig.sandbox.external_id(order) for order in rig.shop.orders.values()}
            assert told
            again = rig.adapter.verify(rig.connection, lower(message), message.body)
            assert again == delivery
        ids = [rig.adapter.verify(rig.connection, lower(each), each.body).delivery_id for each in (*first, *second)]
        assert len(set(ids)) == len(ids)


@channels(Capability.WEBHOOKS)
def test_a_forged_webhook_is_refused(kind: str) -> None:
    with connected(kind) as rig:
        message = hooks(rig)[0]
        forged = message.body[:-2] + bytes([message.body[-2] ^ 1]) + message.body[-1:]
        stranger = Connection(
            "sandbox",
            "INR",
            {name: f"{value}x" for name, value in rig.connection.settings.items()},
            {name: f"{value}x" for name, value in rig.connection.secrets.items()},
        )
        for connection, headers, body in (
            (rig.connection, lower(message), forged),
            (rig.connection, lower(message), b""),
            *([(rig.connection, {}, message.body)] if signed_in_headers(message) else []),
            (rig.connection, {}, b""),
            (stranger, lower(message), message.body),
            (Connection("sandbox", "INR", {}, {}), lower(message), message.body),
        ):
            with pytest.raises((Unauthenticated, Malformed)) as error:
                rig.adapter.verify(connection, headers, body)
            assert isinstance(error.value, Unauthenticated)


@channels(Capability.WEBHOOKS)
def test_subscribing_twice_sends_each_change_once(kind: str) -> None:
    with connected(kind) as rig:
        if rig.adapter.kind.by_hand:
            with pytest.raises(Rejected, match=HOOK):
                rig.channel.subscribe(HOOK)
            return
        for _ in range(2):
            rig.channel.subscribe(HOOK)
        before = {topic: set(addresses) for topic, addresses in rig.sandbox.subscribed.items()}
        assert any(HOOK in addresses for addresses in before.values())
        rig.channel.subscribe(HOOK)
        assert {topic: set(addresses) for topic, addresses in rig.sandbox.subscribed.items()} == before


@channels()
def test_nonsense_is_no_order(kind: str) -> None:
    with connected(kind) as rig:
        for nonsense in ("", "[]", "{}", "null", '"text"', '{"id": 1}'):
            with pytest.raises(Malformed):
                rig.adapter.read(nonsense)


@channels(by_http=True)
def test_a_line_of_chance_ends_with_every_order(kind: str) -> None:
    with connected(kind) as rig:
        orders = {rig.sandbox.external_id(rig.shop.place([("DIYA-12", 1)])) for _ in range(60)}
        rig.sandbox.faults = Faults(Odds(throttled=0.2, broken=0.1, lost_before=0.1, lost_after=0.1), seed=7)
        found, position = set(), Position(START)
        for _ in range(400):
            try:
                page = rig.channel.orders(position)
            except Unavailable:
                continue
            found |= {raw.external_id for raw in page.items}
            if not page.following:
                break
            position = Position(START, page.following)
        assert found == orders


def hooks(rig: Rig) -> list[Message]:
    """The webhooks of a new order."""
    rig.sandbox.send_to(HOOK)
    return rig.sandbox.messages("created", rig.shop.place([("DIYA-12", 1)]))


def signed_in_headers(message: Message) -> bool:
    """Whether the signature lies beside the body; of others the body is the signature."""
    return bool(set(lower(message)) - {"content-type"})


def lower(message: Message) -> dict[str, str]:
    """Headers as our shop hands them on."""
    return {name.lower(): value for name, value in message.headers.items()}
