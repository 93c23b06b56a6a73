"""What another system leaves to us: its price lists, and the waybills that it has handed over."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.money import ZERO
from core.reasons import gettext as _
from core.reasons import stored as kept_reason
from core.rows import update_rows
from core.tabular import CellProblem, RefusedFile
from logistics.models import Courier, OpeningWaybill, RateRow, Waybill
from logistics.rules.rate_cards import RateCard, RateLine, RatingError, Service
from logistics.rules.rate_rows import extras_to_json, price_to_json
from logistics.rules.rating import Shipment, expected_fee
from logistics.services.matching import lock_courier
from logistics.services.rating import rate_card
from logistics.services.statements import zone_of
from logistics.statements.rate_cards import read_rate_card
from logistics.statements.shipments import ShippedRow, read_shipments

BATCH = 2000


@dataclass(frozen=True, slots=True)
class OpeningResult:
    """What became of a file: rows read, stored, known before, and those that a person must look at."""

    rows: int = 0
    stored: int = 0
    known: int = 0
    rows_to_review: int = 0
    without_price: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_shipments(*, courier: Courier, data: bytes, filename: str, dry_run: bool = False) -> OpeningResult:
    """Keep the waybills that another system has handed over, rated by the courier's price list.

    A waybill that is known already adds nothing; one that is known with other figures, and rows that can't
    be read, are reported and not stored. One without a price is stored with the reason.
    """
    try:
        read = read_shipments(data, name=filename, courier=courier.code)
    except RefusedFile as refusal:
        return OpeningResult(refusal=str(refusal))
    found: OpeningResult | None = None
    try:
        with transaction.atomic():
            lock_courier(courier.pk)
            problems = plain_problems(read.problems)
            fresh, known, clashes = _new_waybills(courier, read.rows, filename)
            OpeningWaybill.objects.bulk_create(fresh, batch_size=BATCH)
            found = OpeningResult(
                rows=read.read,
                stored=len(fresh),
                known=known,
                rows_to_review=read.rows_to_review + len(clashes),
                without_price=sum(1 for row in fresh if row.no_rate),
                problems=problems + clashes,
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    if found is None:
        raise AssertionError("unreachable")
    return found


def import_rate_card(*, courier: Courier, data: bytes, filename: str, dry_run: bool = False) -> OpeningResult:
    """Add a courier's price list. A price that begins while an older one is open ends that the day before.

    A price that is known already adds nothing. Raises nothing for a bad row: it is reported and not
    stored; overlapping prices refuse the file. Opening waybills without a price are rated again.
    """
    try:
        read = read_rate_card(data, name=filename)
        lines = RateCard(courier.code, [line for _row, line in read.lines]).lines
    except (RefusedFile, RatingError) as refusal:
        return OpeningResult(refusal=str(refusal))
    found: OpeningResult | None = None
    try:
        with transaction.atomic():
            lock_courier(courier.pk)
            stored, known, clashes = _add_prices(courier, lines, filename)
            _rate_again(courier)
            bad = {(problem.sheet, problem.row) for problem in read.problems}
            found = OpeningResult(
                rows=read.read,
                stored=stored,
                known=known,
                rows_to_review=len(bad) + len(clashes),
                problems=plain_problems(read.problems) + clashes,
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    if found is None:
        raise AssertionError("unreachable")
    return found


def plain_problems(problems: Iterable[CellProblem]) -> list[dict[str, Any]]:
    """Findings of a file as plain values: where, what stands there, what to do."""
    return [
        {
            "file": problem.file,
            "row": f"{problem.sheet}!{problem.row}" if problem.sheet else str(problem.row),
            "column": problem.column,
            "value": problem.value,
            "problem": problem.reason,
            "raw": problem.raw,
        }
        for problem in problems
    ]


def _new_waybills(
    courier: Courier, rows: list[ShippedRow], filename: str
) -> tuple[list[OpeningWaybill], int, list[dict[str, Any]]]:
    numbers = [row.waybill for row in rows]
    before = {
        opening.number: opening
        for opening in OpeningWaybill.objects.filter(courier=courier, number__in=numbers)
    }
    ours = set(Waybill.objects.filter(courier=courier, number__in=numbers).values_list("number", flat=True))
    card = rate_card(courier)
    zones = dict(courier.zones.values_list("province", "zone"))
    fresh, known, clashes = [], 0, []
    for row in rows:
        opening = _rated(_opening(courier, row, zones), card)
        old = before.get(row.waybill)
        if old is None and row.waybill not in ours:
            fresh.append(opening)
        elif old is not None and _facts(old) != _facts(opening):
            clashes.append(
                {
                    "file": filename,
                    "row": str(row.row_no),
                    "column": "waybill",
                    "value": row.waybill,
                    "problem": _("This waybill is known with other figures. Correct one of the files."),
                }
            )
        else:
            known += 1
    return fresh, known, clashes


def _opening(courier: Courier, row: ShippedRow, zones: dict[str, str]) -> OpeningWaybill:
    length, width, height = (int(side * 10) for side in row.dims_cm or (Decimal(0),) * 3)
    return OpeningWaybill(
        courier=courier,
        number=row.waybill[:40],
        order_ref=row.order[:64],
        service=row.service,
        product=row.product[:40],
        shipped_on=row.shipped_on,
        origin=row.origin[:80],
        destination=row.destination[:80],
        zone=(row.zone or zone_of(row.destination, zones))[:20],
        weight_g=row.weight_g,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        cod_amount=row.cod_amount,
        currency=courier.currency,
    )


def _facts(opening: OpeningWaybill) -> tuple:
    return (
        opening.service, opening.shipped_on, opening.zone, opening.weight_g, opening.cod_amount,
        opening.length_mm, opening.width_mm, opening.height_mm,
    )  # fmt: skip


def _rated(opening: OpeningWaybill, card: RateCard) -> OpeningWaybill:
    sides = [Decimal(side) / 10 for side in (opening.length_mm, opening.width_mm, opening.height_mm)]
    opening.no_rate, opening.why = "", None
    opening.expected_freight = opening.expected_surcharge = opening.expected_cod_fee = ZERO
    try:
        if not opening.weight_g and not all(sides):
            raise RatingError(_("no weight is known: weigh it or accept the courier's"))
        fee = expected_fee(
            card,
            Shipment(
                zone=opening.zone,
                weight_g=opening.weight_g,
                handed_over_on=opening.shipped_on,
                service=Service(opening.service),
                product=opening.product,
                dims_cm=(sides[0], sides[1], sides[2]) if all(sides) else None,
                cod_amount=opening.cod_amount,
            ),
        )
    except RatingError as error:
        opening.no_rate, opening.why = error.why[:300], kept_reason(error.why)
    else:
        opening.expected_freight = fee.freight
        opening.expected_surcharge = fee.surcharge
        opening.expected_cod_fee = fee.cod_fee
    return opening


def _rate_again(courier: Courier) -> None:
    card = rate_card(courier)
    waiting = [
        _rated(row, card) for row in OpeningWaybill.objects.filter(courier=courier).exclude(no_rate="")
    ]
    update_rows(waiting, ["no_rate", "why", "expected_freight", "expected_surcharge", "expected_cod_fee"])


def _add_prices(
    courier: Courier, lines: Iterable[RateLine], filename: str
) -> tuple[int, int, list[dict[str, Any]]]:
    stored, known, clashes = 0, 0, []
    for line in lines:
        kind, price = price_to_json(line.price)
        values = {
            "kind": kind,
            "price": price,
            "extras": extras_to_json(line.extras),
            "divisor": line.divisor,
        }
        same_key = courier.rates.filter(product=line.product, service=line.service, zone=line.zone)
        twin = same_key.filter(valid_from=line.valid_from).first()
        if twin is not None and all(getattr(twin, name) == value for name, value in values.items()):
            known += 1
            continue
        overlapping = same_key.filter(valid_from__gte=line.valid_from)
        if line.valid_to is not None:
            overlapping = overlapping.filter(valid_from__lte=line.valid_to)
        if overlapping.exists():
            clashes.append(
                {
                    "file": filename,
                    "row": "",
                    "column": "valid_from",
                    "value": str(line.valid_from),
                    "problem": _(
                        "Zone %(zone)s, %(service)s has another price from this day on. Correct the day."
                    )
                    % {"zone": line.zone, "service": line.service},
                }
            )
            continue
        same_key.filter(valid_from__lt=line.valid_from).exclude(valid_to__lt=line.valid_from).update(
            valid_to=line.valid_from - timedelta(days=1)
        )
        RateRow.objects.create(
            courier=courier,
            product=line.product,
            service=line.service,
            zone=line.zone,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
            **values,
        )
        stored += 1
    return stored, known, clashes
