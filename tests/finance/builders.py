"""Small builders for the tests of finance."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

from django.apps import apps

from core import clock
from core.entities import default_entity
from core.fields import default_currency
from core.models import Event
from core.origins import Origin
from crm.services import find_or_create_customer
from finance.models import Entry, Payment, PaymentIntent, Posting
from finance.services import Evidence, Leg, open_intent, post_entry, record_payment

_numbers = count(1)


def here() -> Origin:
    """A document that exists in every installation."""
    return Origin("entity", default_entity().pk)


def an_entry(
    key: str = "k1", amount: str = "10.00", debit: str = "6602", credit: str = "6051", **more
) -> Entry:
    legs = [Leg(debit, debit=Decimal(amount)), Leg(credit, credit=Decimal(amount))]
    return post_entry(**{"key": key, "kind": "test", "legs": legs, "origin": here()} | more)


def lines(entry: Entry) -> set[tuple]:
    """(account, debit, credit, party, origin) of each posting, as a clerk would read them."""
    return {
        (
            p.account.code,
            str(p.amount) if p.side == Posting.Side.DEBIT else "",
            str(p.amount) if p.side == Posting.Side.CREDIT else "",
            f"{p.party_kind}:{p.party_id}" if p.party_kind else "",
            f"{p.origin_kind}:{p.origin_id}",
        )
        for p in entry.postings.select_related("account")
    }


def an_order(**more):
    """An order without lines and so of total 0: finance looks at attempts and money, never at the total."""
    model = apps.get_model("order", "Order")
    has = {field.name for field in model._meta.get_fields()}
    values = {
        "number": f"SO-{next(_numbers):06d}",
        "currency": default_currency(),
        "total_incl_tax": Decimal(0),
        "total_excl_tax": Decimal(0),
        "shipping_incl_tax": Decimal(0),
        "shipping_excl_tax": Decimal(0),
        "date_placed": clock.now(),
        "status": "awaiting_payment",
        "term": "prepaid",
        "entity": default_entity(),
    }
    if "customer" in has:
        values["customer"] = find_or_create_customer(name="张三", phone="13800138000")
        values["channel"] = apps.get_model("inventory", "Channel").objects.get(code="web")
    return model.objects.create(**{name: value for name, value in values.items() if name in has} | more)


def an_intent(
    order=None, amount: str = "128.00", provider: str = "alipay", minutes: int = 30
) -> PaymentIntent:
    return open_intent(
        order=order or an_order(),
        amount=Decimal(amount),
        currency="CNY",
        provider=provider,
        expires_at=clock.now() + timedelta(minutes=minutes),
    )


def a_receipt(
    intent=None, amount: str = "128.00", trade_no: str = "T1", provider: str = "alipay", **more
) -> Payment:
    values = {
        "provider": provider,
        "trade_no": trade_no,
        "merchant_ref": intent.merchant_ref if intent else "",
        "amount": Decimal(amount),
        "currency": "CNY",
        "received_at": clock.now(),
        "evidence": Evidence("query", status="paid"),
    }
    return record_payment(**(values | more))


def told(name: str) -> list[dict]:
    """Payloads of the events of one kind, in the order in which they were announced."""
    return list(Event.objects.filter(name=name).order_by("pk").values_list("payload", flat=True))
