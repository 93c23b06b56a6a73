"""Orders from elsewhere are facts: each is placed as it was, once, in a transaction of its own.

Damaged rows never stop the rest. Whatever cannot be placed waits for a person with file, row, column,
value and what to do; nothing of it is stored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from core import clock
from core.audit import current_actor
from core.entities import default_entity
from core.errors import DomainError, InvalidInput
from core.locks import retried
from core.money import ZERO
from crm.queries import read_address
from crm.services import find_or_create_customer
from finance.services import Evidence, open_books, record_order_receipt
from inventory.queries import SkuFacts, channel_named, skus_by_code
from inventory.services import NewSku, create_channel, create_skus
from orders.models import OrderImport, UnlinkedCredit
from orders.order.models import Order
from orders.rules.draft import SHIPPING, Address, Charge, DraftLine, OrderDraft, spread_charges
from orders.rules.foreign import ALL, ForeignRow, Sorted, matches, sort_rows
from orders.services.placement import place_order, write_draft
from orders.services.terms import term_rules
from orders.statements import ForeignFile, read_orders

# Codes that stand for no goods in files that we have met; --defaults may name others.
FREIGHT = ("POST", "DOT", "FREIGHT", "SHIPPING")
SERVICES = ("M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "GIFT_*")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the file does not say; `from_json` reads it from --defaults."""

    currency: str = ""
    entity: str = ""
    account: str = ""
    term: str = Order.Term.PREPAID
    paid: bool = False
    country: str = "CN"
    language: str = ""
    customer: str = ""
    zone: str = ""
    tax_rate: Decimal | None = None
    freight: tuple[str, ...] = FREIGHT
    services: tuple[str, ...] = SERVICES
    skip: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Defaults":
        """Raises InvalidInput naming a key that is not known or a value that cannot be."""
        unknown = set(values) - set(cls.__slots__)
        if unknown:
            raise InvalidInput(
                _("Unknown in the defaults: %(names)s. Known: %(known)s.")
                % {"names": ", ".join(sorted(unknown)), "known": ", ".join(cls.__slots__)}
            )
        read: dict[str, Any] = dict(values)
        for name in {"freight", "services", "skip"} & set(read):
            read[name] = tuple(read[name])
        if read.get("tax_rate") is not None:
            read["tax_rate"] = Decimal(str(read["tax_rate"]))
        if read.get("term", Order.Term.PREPAID) not in Order.Term.values:
            raise InvalidInput(_("term is one of: %(known)s.") % {"known": ", ".join(Order.Term.values)})
        return cls(**read)


@dataclass(slots=True)
class ForeignImport:
    """What the file came to. `total` is that of all its orders, placed now or known before."""

    rows: int = 0
    orders: int = 0
    placed: int = 0
    known: int = 0
    review: int = 0
    total: Decimal = ZERO
    credits: int = 0
    new_credits: int = 0
    credit_total: Decimal = ZERO
    receipts: int = 0
    skus_made: int = 0
    currency: str = ""
    import_id: int | None = None
    listed: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def needs_review(self) -> bool:
        return bool(self.problems or self.listed or self.credits)


def import_orders(
    *,
    channel: str,
    source: bytes | Path,
    name: str,
    defaults: Defaults | None = None,
    mapping: Mapping[str, str] | None = None,
    create_skus: bool = False,
    create: bool = False,
    dry_run: bool = False,
    days: tuple[date | None, date | None] = (None, None),
    show: Callable[[int], None] | None = None,
) -> ForeignImport:
    """Place the orders of a file, list its credits, and say what needs a person.

    The same file again adds nothing; it completes what an earlier run could not. `days` are the first and
    last day of placing that count, both included. A dry run reports the same figures and stores nothing.
    Raises RefusedFile for what is no such table and InvalidInput for a channel, entity, account or defaults
    that cannot be.
    """
    given = defaults or Defaults()
    data = source if isinstance(source, bytes) else source.read_bytes()
    zone = ZoneInfo(given.zone) if given.zone else clock.zone()
    file = read_orders(data, name=name, zone=zone, mapping=mapping)
    with transaction.atomic() if dry_run else nullcontext():
        if create:
            create_channel(code=channel)
        entity, account = open_books(
            currency=given.currency or default_entity().currency,
            entity=given.entity,
            account=given.account,
            create=create,
        )
        given = replace(given, currency=entity.currency)
        _check_country(given.country, create)
        account.entity = entity  # read already; each receipt asks for it
        desk = _Desk(channel_named(channel), entity, account, given, file, dry_run)
        desk.known_orders()
        desk.know_skus(make=create_skus)
        record = _record(desk, data, name)
        desk.source = record
        desk.run(days, show)
        record.figures = {
            key: value for key, value in as_plain(desk.result).items() if key not in ("listed", "problems")
        }
        record.save(update_fields=["figures"])
        desk.result.import_id = None if dry_run else record.pk
        if dry_run:
            transaction.set_rollback(True)
    return desk.result


def as_plain(result: ForeignImport) -> dict[str, Any]:
    """The result for a command's JSON line or a job."""
    return {
        key: f"{value:f}" if isinstance(value, Decimal) else value
        for key in ForeignImport.__slots__
        for value in [getattr(result, key)]
    }


def _check_country(code: str, create: bool) -> None:
    """Addresses point to a country; one more is made where the import may."""
    country = apps.get_model("address", "Country")
    if create:
        names = {"printable_name": code, "name": code, "is_shipping_country": False}
        country.objects.get_or_create(iso_3166_1_a2=code, defaults=names)
    elif not country.objects.filter(pk=code).exists():
        raise InvalidInput(
            _("There is no country “%(code)s”. Add it, or allow the import to (--create).") % {"code": code}
        )


def _record(desk: "_Desk", data: bytes, name: str) -> OrderImport:
    record, made = OrderImport.objects.get_or_create(
        channel=desk.channel,
        sha256=sha256(data).hexdigest(),
        defaults={"filename": name[-200:], "imported_at": clock.now(), "imported_by": current_actor()},
    )
    if not made:
        record.runs += 1
        record.save(update_fields=["runs"])
    return record


class _Desk:
    """Where one file is worked off: what it names is looked up once for all its orders."""

    source: OrderImport

    def __init__(
        self, channel: Any, entity: Any, account: Any, given: Defaults, file: ForeignFile, dry_run: bool
    ) -> None:
        self.dry_run = dry_run
        self.channel, self.entity, self.account, self.given, self.file = channel, entity, account, given, file
        self.result = ForeignImport(rows=file.rows, currency=entity.currency)
        self.result.problems = [
            {"file": p.file, "row": p.row, "column": p.column, "value": p.value, "reason": p.text(_)}
            for p in file.problems
        ]
        self.skus: dict[str, SkuFacts] = {}
        self.customers: dict[tuple[str, str], int] = {}
        self.known: dict[str, tuple[int, Decimal, int]] = {}
        self.rules = {rule.term: rule for rule in term_rules()}

    def known_orders(self) -> None:
        """Orders of this channel that are here already, with total and number of receipts."""
        for part in _parts(list(self.file.orders), 5000):
            rows = Order.objects.filter(channel=self.channel, external_number__in=part)
            self.known |= {
                number: (pk, total, payments)
                for number, pk, total, payments in rows.values_list(
                    "external_number", "pk", "total_incl_tax"
                ).annotate(payments=Count("payments"))
            }

    def know_skus(self, *, make: bool) -> None:
        rows = {row.sku: row for rows in self.file.orders.values() for row in rows if row.sku}
        for part in _parts(list(rows), 5000):
            self.skus |= skus_by_code(part)
        missing = [row for code, row in rows.items() if code not in self.skus]
        if make and missing:
            self.result.skus_made = create_skus(
                items=[
                    NewSku(
                        row.sku,
                        row.title,
                        max(row.unit_price, ZERO),
                        not matches(row.sku, (*self.given.services, *self.given.freight)),
                        self.given.tax_rate,
                    )
                    for row in missing
                ],
                currency=self.given.currency,
            )
            self.skus |= skus_by_code([row.sku for row in missing])

    def run(self, days: tuple[date | None, date | None], show: Callable[[int], None] | None) -> None:
        for count, (number, rows) in enumerate(self.file.orders.items(), start=1):
            if number not in self.file.bad and not _within(rows[0].placed_at, days):
                continue
            self.one(number, rows)
            if show:
                show(count)

    def one(self, number: str, rows: list[ForeignRow]) -> None:
        if number in self.file.bad:
            self.result.review += 1
            return
        found = sort_rows(rows, freight=self.given.freight, skip=self.given.skip)
        try:
            if found.goods:
                self.order(number, rows[0], found)
            elif found.credit:
                self.credit(number, rows, found)
        except DomainError as refused:
            self.result.review += 1
            self.problem(rows[0], "order", number, str(refused))
            return
        for row, reason in found.listed:
            self.result.listed.append(
                {
                    "file": self.file.file,
                    "row": row.row,
                    "column": "quantity" if row.quantity <= 0 else "unit_price",
                    "value": str(row.quantity if row.quantity <= 0 else row.unit_price),
                    "order": number,
                    "reason": _reason(reason),
                }
            )

    def order(self, number: str, first: ForeignRow, found: Sorted) -> None:
        total = found.total
        here = self.known.get(number)
        if here is not None and here[1] != total:
            raise InvalidInput(
                _("The order is here with a total of %(here)s, the file says %(file)s. Compare the two.")
                % {"here": here[1], "file": total}
            )
        paid = self.paid(first, total)
        if here is None:
            pk = self.place(self.draft(number, first, found, paid)).pk
            self.result.placed += 1
        else:
            pk = here[0]
            self.result.known += 1
        if paid and not (here and here[2]):
            self.result.receipts += 1
            if not self.dry_run:
                self.receive(pk, paid, total, first)
        self.result.orders += 1
        self.result.total += total

    def place(self, draft: OrderDraft) -> Order:
        """Write it at once: that it is not here was asked for the whole file."""
        try:
            return self.write(draft)
        except IntegrityError:
            return place_order(draft=draft)  # another run of the import was faster

    @retried()
    def write(self, draft: OrderDraft) -> Order:
        with transaction.atomic():
            order = write_draft(draft, self.channel, self.rules.get(draft.term))
            transaction.set_rollback(self.dry_run)
        return order

    def receive(self, order_id: int, amount: Decimal, due: Decimal, first: ForeignRow) -> None:
        """In a transaction behind the order's: money is locked before stock, never after it."""
        record_order_receipt(
            account=self.account,
            trade_no=f"{self.channel.code}-{first.order}"[:128],
            order_id=order_id,
            amount=amount,
            due=due,
            received_at=first.placed_at,
            evidence=Evidence("clerk", note=f"{self.file.file}, row {first.row}"),
        )

    def paid(self, first: ForeignRow, total: Decimal) -> Decimal:
        if first.paid is None:
            return total if self.given.paid else ZERO
        return total if first.paid == ALL else first.paid

    def draft(self, number: str, first: ForeignRow, found: Sorted, paid: Decimal) -> OrderDraft:
        charges = (
            (Charge(SHIPPING, _("Shipping"), sum((row.amount for row in found.freight), ZERO)),)
            if found.freight
            else ()
        )
        return OrderDraft(
            channel=self.channel.code,
            customer_id=self.customer(first),
            term=Order.Term.PREPAID if paid else self.given.term,
            currency=self.given.currency,
            lines=spread_charges([self.line(row) for row in found.goods], charges),
            charges=charges,
            address=self.address(first),
            language=self.given.language,
            external_number=number,
            entity_id=self.entity.pk,
            is_fact=True,
            placed_at=first.placed_at,
        )

    def line(self, row: ForeignRow) -> DraftLine:
        sku = self.skus.get(row.sku)
        if sku is None:
            raise InvalidInput(
                _("Row %(row)s: there is no SKU “%(code)s”. Add the product, or allow the import to.")
                % {"row": row.row, "code": row.sku}
            )
        return DraftLine(
            sku_id=sku.sku_id,
            stockrecord_id=sku.stockrecord_id,
            product_id=sku.product_id,
            code=sku.code,
            title=row.title or sku.code,
            quantity=row.quantity,
            unit_price=row.unit_price,
            price=row.amount,
            tax_rate=sku.tax_rate,
            service=sku.service,
        )

    def customer(self, first: ForeignRow) -> int:
        """Same name and phone in one channel are one customer; without a phone the name alone is."""
        key = (first.customer or self.given.customer or _("Unknown customer"), first.phone)
        if key not in self.customers:
            before = Order.objects.filter(
                channel=self.channel, customer__name=key[0], customer__phone=None, customer__user=None
            ).values_list("customer_id", flat=True)
            there = None if first.phone else before.first()
            self.customers[key] = (
                there
                or find_or_create_customer(name=key[0], phone=first.phone, language=self.given.language).pk
            )
        return self.customers[key]

    def address(self, first: ForeignRow) -> Address:
        read = read_address(first.address) if self.given.country == "CN" and first.address else None
        return Address(
            name=(first.customer or self.given.customer)[:255],
            phone=first.phone,
            province=read.province if read else "",
            city=read.city if read else "",
            district=read.district if read else "",
            street=(read.street if read else first.address)[:255],
            country=self.given.country,
        )

    def credit(self, number: str, rows: Sequence[ForeignRow], found: Sorted) -> None:
        _row, made = UnlinkedCredit.objects.get_or_create(
            channel=self.channel,
            number=number,
            defaults={
                "entity": self.entity,
                "customer_id": self.customer(rows[0]),
                "amount": found.credit,
                "currency": self.given.currency,
                "credited_at": rows[0].placed_at,
                "lines": [
                    {"row": r.row, "sku": r.sku, "quantity": r.quantity, "unit_price": f"{r.unit_price:f}"}
                    for r in rows
                ],
                "source": self.source,
            },
        )
        self.result.credits += 1
        self.result.new_credits += made
        self.result.credit_total += found.credit

    def problem(self, row: ForeignRow, column: str, value: str, reason: str) -> None:
        self.result.problems.append(
            {"file": self.file.file, "row": row.row, "column": column, "value": value, "reason": reason}
        )


def _reason(code: str) -> str:
    return {
        "zero": _("The line costs nothing; it was left out of the order."),
        "negative": _("The line is below zero; it was left out of the order. Credit it by hand."),
        "no_order": _("Numbers like this are no orders; the row was left out."),
    }[code]


def _within(moment: datetime, days: tuple[date | None, date | None]) -> bool:
    day = clock.day_of(moment)
    return (days[0] is None or days[0] <= day) and (days[1] is None or day <= days[1])


def _parts(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
