"""What a line of a bank statement is: a pure verdict with its reason (ANCHORS 2.2-2.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from finance.rules.references import find_references

FEE_WORDS = ("手续费", "工本费", "账户管理费", "BANKCHARGE", "SERVICEFEE")


@dataclass(frozen=True, slots=True)
class BankLine:
    incoming: bool
    amount: Decimal
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class OpenBook:
    """What is open with us. `orders` is number → (order, amount due), `refunds` number → (refund, amount),
    `payouts` (batch, provider, amount)."""

    orders: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)
    refunds: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)
    payouts: Sequence[tuple[int, int, Decimal]] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a line. `targets` are (id, amount); sure ones are applied, proposals wait."""

    action: str  # order, refund, payout, fee, none
    sure: bool
    reason: str
    targets: tuple[tuple[int, Decimal], ...] = ()


def plan_line(line: BankLine, book: OpenBook) -> Plan:
    """Outgoing: our own refunds, then fees. Incoming: order numbers, then provider payouts.

    A reference decides; an amount alone only proposes, and never between two candidates.
    """
    return _incoming(line, book) if line.incoming else _outgoing(line, book)


def _outgoing(line: BankLine, book: OpenBook) -> Plan:
    named = find_references(line.text, book.refunds)
    if len(named) == 1:
        refund, amount = book.refunds[named[0]]
        if amount == line.amount:
            return Plan("refund", True, f"refund {named[0]}", ((refund, amount),))
        return Plan("refund", False, f"names refund {named[0]}, which is {amount}", ((refund, amount),))
    if line.kind == "fee" or any(word in line.text.replace(" ", "").upper() for word in FEE_WORDS):
        return Plan("fee", True, "a fee of the bank")
    same = [(refund, amount) for refund, amount in book.refunds.values() if amount == line.amount]
    if len(same) == 1:
        return Plan("refund", False, "the only refund of this amount", tuple(same))
    return Plan("none", False, "nothing of ours fits")


def _incoming(line: BankLine, book: OpenBook) -> Plan:
    named = find_references(line.text, book.orders)
    found = [book.orders[number] for number in named]
    if len({order for order, _due in found}) == 1:
        return Plan("order", True, f"names {named[0]}", ((found[0][0], line.amount),))
    if found:
        parts = tuple(dict(found).items())
        if sum((due for _order, due in parts), Decimal(0)) == line.amount:
            return Plan("order", True, f"names {', '.join(named)}, and they add up", parts)
        return Plan("order", False, f"names {', '.join(named)}, which do not add up", parts)
    payouts = [(batch, amount) for batch, _provider, amount in book.payouts if amount == line.amount]
    if len(payouts) == 1:
        return Plan("payout", True, "the only payout of this amount", tuple(payouts))
    same = {order: due for order, due in book.orders.values() if due == line.amount}
    if len(same) == 1:
        return Plan("order", False, "the only order of this amount", tuple(same.items()))
    return Plan("none", False, "nothing of ours fits")
