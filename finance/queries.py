"""What the books say: an order's money, what is open on a clearing account, balances."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from core import clock
from core.models import LegalEntity
from core.money import ZERO
from core.origins import Origin
from finance.models import (
    Account,
    MoneyAccount,
    Payment,
    PaymentIntent,
    Posting,
    StatementFile,
    StatementLine,
    UnappliedReceipt,
)
from finance.models.moments import REVERSED
from finance.rules.legs import Party

RECEIPTS = ("prepayment", "receipt_applied", "receipt_parked", "deposit_used")
PAYMENT_STATES = dict(Payment.State.choices)
# The accounts that an order's money is read from.
SALE, ADVANCE, OWED, RECEIVABLE = ("6001.1", "6001.2", "2221.1"), "2203.1", "2241.3", "1122"
COD, RETURN, REFUND = "delivery.cod", "return_accepted", "refund_paid"


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order's money from the ledger; every figure in the entity's currency, none rounded again."""

    received: Decimal = ZERO  # by provider, bank, till, deposit: net of what was parked again
    collected: Decimal = ZERO  # in cash by the courier: the customer has paid it
    refunded: Decimal = ZERO  # refunds that are done
    refund_owed: Decimal = ZERO  # decided and not yet paid
    advance: Decimal = ZERO  # of what was received, not yet used by a delivery or refund
    receivable: Decimal = ZERO  # on account: delivered and not yet paid
    sold: Decimal = ZERO  # delivered, with tax
    returned: Decimal = ZERO  # taken back, with tax

    @property
    def paid(self) -> Decimal:
        """What the customer has paid and not got back."""
        return self.received + self.collected - self.refunded


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that is here and that nothing has used yet: a row of a bank statement, or a parked receipt."""

    kind: str  # `line` or `receipt`
    id: int
    on: date
    amount: Decimal
    currency: str
    account: str
    payer: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open for one document and party on a clearing account; debit is positive."""

    account: str
    entity_id: int
    currency: str
    party: Party | None
    origin: Origin | None
    amount: Decimal
    since: date


def order_money(order_id: int) -> OrderMoney:
    """The money of one order."""
    return order_moneys([order_id])[order_id]


def order_moneys(order_ids: Iterable[int]) -> dict[int, OrderMoney]:
    """The money of many orders, in one query."""
    sums: dict[int, dict[tuple[str, str], Decimal]] = {order_id: {} for order_id in order_ids}
    with connection.cursor() as cursor:
        cursor.execute(_MONEY, {"accounts": [*SALE, ADVANCE, OWED, RECEIVABLE], "orders": list(sums)})
        rows = cursor.fetchall()
    for order_id, account, kind, amount in rows:
        key = (account, kind.removeprefix(REVERSED))
        sums[order_id][key] = sums[order_id].get(key, ZERO) + amount
    return {order_id: _order_money(found) for order_id, found in sums.items()}


# By account first, because the index on documents begins with it.
_MONEY = """
    SELECT p.origin_id, a.code, e.kind, sum(CASE p.side WHEN 'debit' THEN -p.amount ELSE p.amount END)
      FROM finance_account a
      JOIN finance_posting p ON p.account_id = a.id
      JOIN finance_entry e ON e.id = p.entry_id
     WHERE a.code = ANY(%(accounts)s) AND p.origin_kind = 'order' AND p.origin_id = ANY(%(orders)s)
     GROUP BY 1, 2, 3
"""


def _order_money(sums: dict[tuple[str, str], Decimal]) -> OrderMoney:
    """`sums` are credits minus debits per (account, kind of entry)."""

    def total(accounts: tuple[str, ...], kinds: tuple[str, ...] = ()) -> Decimal:
        return sum(
            (
                x
                for (account, kind), x in sums.items()
                if account in accounts and (not kinds or kind in kinds)
            ),
            ZERO,
        )

    deliveries = tuple(kind for _account, kind in sums if kind.startswith("delivery."))
    return OrderMoney(
        received=total((ADVANCE,), RECEIPTS),
        collected=total((*SALE, ADVANCE), (COD,)),
        refunded=-total((OWED,), (REFUND,)),
        refund_owed=total((OWED,)),
        advance=total((ADVANCE,)),
        receivable=-total((RECEIVABLE,)),
        sold=total(SALE, deliveries) if deliveries else ZERO,
        returned=-total(SALE, (RETURN,)),
    )


def open_items(
    account: str,
    *,
    party: Party | None = None,
    origin: Origin | None = None,
    entity: LegalEntity | None = None,
) -> list[OpenItem]:
    """What does not go to zero on a clearing account, oldest first: the work list (I56)."""
    where: list[str] = ["a.code = %s"]
    values: list[Any] = [account]
    if party is not None:
        where.append("p.party_kind = %s AND p.party_id = %s")
        values += party
    if origin is not None:
        where.append("p.origin_kind = %s AND p.origin_id = %s")
        values += origin
    if entity is not None:
        where.append("e.entity_id = %s")
        values.append(entity.pk)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(where=" AND ".join(where)), values)
        rows = cursor.fetchall()
    return [
        OpenItem(
            account=code,
            entity_id=entity_id,
            currency=currency,
            party=Party(party_kind, party_id) if party_kind else None,
            origin=Origin(origin_kind, origin_id) if origin_kind else None,
            amount=amount,
            since=since,
        )
        for code, entity_id, currency, party_kind, party_id, origin_kind, origin_id, amount, since in rows
    ]


_OPEN = """
    SELECT a.code, e.entity_id, p.currency, p.party_kind, p.party_id,
        CASE a.clears_by WHEN 'party' THEN '' ELSE p.origin_kind END,
        CASE a.clears_by WHEN 'party' THEN 0 ELSE p.origin_id END,
        sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END), min(e."on")
    FROM finance_posting p
    JOIN finance_entry e ON e.id = p.entry_id
    JOIN finance_account a ON a.id = p.account_id
    WHERE a.clears_by <> '' AND {where}
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(CASE p.side WHEN 'debit' THEN p.amount ELSE -p.amount END) <> 0
    ORDER BY min(e."on"), min(p.id)
"""


def balance(
    account: str, *, party: Party | None = None, origin: Origin | None = None, upto: date | None = None
) -> Decimal:
    """Debits minus credits of an account."""
    postings = Posting.objects.filter(account__code=account)
    if party is not None:
        postings = postings.filter(party_kind=party.kind, party_id=party.id)
    if origin is not None:
        postings = postings.filter(origin_kind=origin.kind, origin_id=origin.id)
    if upto is not None:
        postings = postings.filter(entry__on__lte=upto)
    return postings.aggregate(
        net=Sum("amount", filter=Q(side="debit"), default=ZERO)
        - Sum("amount", filter=Q(side="credit"), default=ZERO)
    )["net"]


def trial_balance(
    *, entity: LegalEntity, first: date | None = None, last: date | None = None
) -> list[dict[str, Any]]:
    """Debits and credits per account over the days first … last, both included, by code."""
    postings = Posting.objects.filter(entry__entity=entity)
    if first is not None:
        postings = postings.filter(entry__on__gte=first)
    if last is not None:
        postings = postings.filter(entry__on__lte=last)
    rows = postings.values(code=F("account__code")).annotate(
        debits=Sum("amount", filter=Q(side="debit"), default=ZERO),
        credits=Sum("amount", filter=Q(side="credit"), default=ZERO),
    )
    return [dict(row) for row in rows.order_by("code")]


def work_list(*, entity: LegalEntity | None = None) -> list[OpenItem]:
    """All that is open on clearing accounts, oldest first (I56)."""
    codes = Account.objects.exclude(clears_by="").values_list("code", flat=True)
    items = [item for code in codes for item in open_items(code, entity=entity)]
    return sorted(items, key=lambda item: (item.since, item.account))


def unapplied_receipts() -> QuerySet[UnappliedReceipt]:
    """Money that waits for a clerk, oldest first."""
    open_ones = UnappliedReceipt.objects.filter(state=UnappliedReceipt.State.OPEN)
    return open_ones.select_related("payment", "meant_for").order_by("opened_at", "pk")


def unused_arrivals(*, amount: Decimal, currency: str, limit: int = 20) -> list[Arrival]:
    """What could be the money of this amount, newest first: open bank rows and open receipts."""
    lines = StatementLine.objects.filter(
        state=StatementLine.State.ACCEPTED,
        posted_at=None,
        direction="in",
        amount=amount,
        currency=currency,
        file__kind=StatementFile.Kind.BANK,
        file__state__in=[StatementFile.State.ACCEPTED, StatementFile.State.AGREED],
    ).select_related("file__account")
    receipts = unapplied_receipts().filter(amount=amount, currency=currency)
    found = [
        Arrival(
            "line",
            line.pk,
            line.booked_on or clock.day_of(line.file.received_at),
            line.amount,
            line.currency,
            line.file.account.name if line.file.account else line.account_code,
            line.counterparty,
            line.memo,
        )
        for line in lines.order_by("-booked_on", "-pk")[:limit]
    ]
    found += [
        Arrival(
            "receipt",
            receipt.pk,
            clock.day_of(receipt.payment.received_at),
            receipt.amount,
            receipt.currency,
            receipt.payment.provider,
            receipt.payment.payer,
            receipt.note,
        )
        for receipt in receipts[:limit]
    ]
    return sorted(found, key=lambda each: each.on, reverse=True)[:limit]


def money_places(kind: str) -> list[tuple[int, str]]:
    """Our accounts of a kind, the default one first: id and name."""
    rows = MoneyAccount.objects.filter(kind=kind).order_by("-is_default", "code")
    return list(rows.values_list("pk", "name"))


def latest_intent(*, order_id: int) -> PaymentIntent | None:
    """The youngest attempt to be paid for an order: live, paid or over."""
    intents = PaymentIntent.objects.filter(order_id=order_id).select_related("provider")
    return intents.order_by("-attempt").first()


def intent_order(*, public_id: UUID) -> int | None:
    """The order that an attempt to be paid is for, by the attempt's public id."""
    return PaymentIntent.objects.filter(public_id=public_id).values_list("order_id", flat=True).first()
