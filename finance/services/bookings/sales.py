"""Goods on their way and what they become: a sale, goods that came back, a loss."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import Entry, Moment
from finance.rules.legs import Leg, Party, signed_leg

from .places import book


class Term(StrEnum):
    """How an order is paid; the words of the order's own column."""

    PREPAID = "prepaid"
    COD = "cod"
    ON_ACCOUNT = "on_account"


def book_handover(
    *,
    parcel: int,
    order: int,
    courier_id: int,
    goods_cost: Decimal,
    freight: Decimal = ZERO,
    cod_fee: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The courier has the parcel: goods at cost into transit, expected freight and fee (net) accrued."""
    box, courier = Origin("parcel", parcel), Party("courier", courier_id)
    return book(
        moment=Moment.HANDOVER,
        key=str(parcel),
        origin=box,
        entity=entity,
        on=on,
        legs=[
            Leg("1406", debit=goods_cost, origin=box),
            Leg("1405", credit=goods_cost, origin=box),
            Leg("6601.1", debit=freight, origin=Origin("order", order)),
            Leg("6601.2", debit=cod_fee, origin=Origin("order", order)),
            Leg("2241.1", credit=freight + cod_fee, party=courier, origin=box),
        ],
    )


def book_delivery(
    *,
    parcel: int,
    order: int,
    term: str,
    gross: Decimal,
    tax: Decimal,
    goods_cost: Decimal,
    customer_id: int | None = None,
    courier_id: int | None = None,
    cod_amount: Decimal | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The parcel is delivered: the sale and its cost.

    `gross` contains `tax`. Prepaid uses up the order's advance, on account makes the customer's receivable,
    COD makes the courier's: `cod_amount` (default all of it), the rest from the advance (a deposit order).
    What is collected above `gross`, for services that are yet to be performed, becomes an advance.
    """
    box, doc = Origin("parcel", parcel), Origin("order", order)
    by_courier = _by_courier(Term(term), gross, cod_amount)
    on_account = gross if term == Term.ON_ACCOUNT else ZERO
    return book(
        moment=Moment(f"delivery.{Term(term)}"),
        key=str(parcel),
        origin=box,
        entity=entity,
        on=on,
        legs=[
            Leg("1221.1", debit=by_courier, party=Party("courier", courier_id or 0), origin=box),
            Leg("1122", debit=on_account, party=Party("customer", customer_id or 0), origin=doc),
            signed_leg("2203.1", gross - by_courier - on_account, origin=doc),
            Leg("6001.1", credit=gross - tax, origin=doc),
            Leg("2221.1", credit=tax, origin=doc),
            Leg("6401", debit=goods_cost, origin=doc),
            Leg("1406", credit=goods_cost, origin=box),
        ],
    )


def book_service(
    *,
    order: int,
    gross: Decimal,
    tax: Decimal,
    origin: Origin,
    on_account: Decimal = ZERO,
    customer_id: int | None = None,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """A service is performed: the sale, as when goods are delivered, but nothing leaves a shelf.

    `gross` contains `tax` and uses up the order's advance, where a courier put what it collected too; the
    customer owes `on_account` of it. `origin` is the report of the line: each is booked once.
    """
    doc = Origin("order", order)
    return book(
        moment=Moment.DELIVERY_SERVICE,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[
            Leg("1122", debit=on_account, party=Party("customer", customer_id or 0), origin=doc),
            Leg("2203.1", debit=gross - on_account, origin=doc),
            Leg("6001.1", credit=gross - tax, origin=doc),
            Leg("2221.1", credit=tax, origin=doc),
        ],
    )


def book_goods_back(
    *,
    parcel: int,
    origin: Origin,
    goods_cost: Decimal,
    scrapped_cost: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """Goods of a refused or undeliverable parcel are inspected: back in stock, the scrapped part a loss.

    `goods_cost` includes `scrapped_cost`. `origin` is the inspected line: each is booked once.
    """
    return book(
        moment=Moment.GOODS_BACK,
        key=str(origin),
        origin=origin,
        entity=entity,
        on=on,
        legs=[
            Leg("1405", debit=goods_cost - scrapped_cost),
            Leg("6711", debit=scrapped_cost),
            Leg("1406", credit=goods_cost, origin=Origin("parcel", parcel)),
        ],
    )


def book_loss(
    *,
    parcel: int,
    courier_id: int,
    goods_cost: Decimal,
    claim: Decimal = ZERO,
    entity: LegalEntity | None = None,
    on: date | None = None,
) -> Entry | None:
    """The courier has lost the parcel: what is claimed is owed by it, the rest of the cost is a loss."""
    box = Origin("parcel", parcel)
    gap = goods_cost - claim
    return book(
        moment=Moment.LOSS,
        key=str(parcel),
        origin=box,
        entity=entity,
        on=on,
        legs=[
            Leg("1221.2", debit=claim, party=Party("courier", courier_id), origin=box),
            signed_leg("6711" if gap > 0 else "6301", gap, origin=box),
            Leg("1406", credit=goods_cost, origin=box),
        ],
    )


def _by_courier(term: Term, gross: Decimal, cod_amount: Decimal | None) -> Decimal:
    if term is not Term.COD:
        return ZERO
    return gross if cod_amount is None else cod_amount
