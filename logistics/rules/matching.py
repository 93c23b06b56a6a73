"""One waybill of a courier statement beside our parcel: one outcome, all findings (ANCHORS 3.4, 3.5).

Pure: the caller gives facts and a way to rate, and gets a classification. Billable weights and fees
are compared, never raw weights (F58); what the re-rating of `freight.py` can't explain is the rate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core.money import ZERO
from logistics.rules import cod as cash
from logistics.rules.freight import Rerate, diagnose
from logistics.rules.grouping import Billed, Item, Term
from logistics.rules.notes import Reason
from logistics.rules.outcomes import FEES, RANK, FeeKind, Finding, Outcome, Tolerance
from logistics.rules.rate_cards import Service


@dataclass(frozen=True)
class ParcelFacts:
    """What we know of a waybill. `settled` holds the kinds that earlier statements agreed, with money."""

    waybill: str
    state: cash.Parcel
    zone: str
    weight_g: int
    expected: dict[FeeKind, Decimal]
    services: tuple[Service, ...] = (Service.FORWARD,)
    cod_amount: Decimal = ZERO
    settled: dict[FeeKind, Decimal] = field(default_factory=dict)
    handed_over_on: date | None = None
    no_rate: str = ""

    def fee(self, kind: FeeKind) -> Decimal:
        return self.expected.get(kind, ZERO)


@dataclass(frozen=True)
class Classified:
    """The end of one waybill. `expected` and `billed` are fees without the cash collected."""

    waybill: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    expected: Decimal
    billed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.billed - self.expected

    @property
    def tolerated(self) -> Decimal:
        return sum((finding.money for finding in self.findings if finding.tolerated), ZERO)


def classify(
    parcel: ParcelFacts | None,
    billed: Billed,
    rerate: Rerate,
    tolerance: Tolerance | None = None,
) -> Classified:
    """Exactly one outcome; every further fault stays in `findings` with its own money."""
    tolerance = tolerance or Tolerance()
    total = sum((billed.total(kind) for kind in (*FEES, FeeKind.ADJUSTMENT)), ZERO)
    findings = [_problem(text) for text in billed.problems]
    if parcel is None:
        if not billed.problems:
            findings.append(Finding(Outcome.NOT_OURS, None, "unknown waybill", ZERO, total))
        return _close(billed.waybill, findings, ZERO, total, tolerance)
    expected = expected_of(parcel, billed)
    if parcel.no_rate:
        findings.append(_problem(Reason("courier.no_rate", why=parcel.no_rate)))
    kept: dict[FeeKind, Decimal] = {}
    for kind in FEES:
        kept_amount, found = _once_only(parcel, billed, kind, expected.get(kind, ZERO), tolerance)
        findings += found
        if kept_amount is not None:
            kept[kind] = kept_amount
    findings += [
        _problem(Reason("courier.correction", item=_name(item), amount=item.total))
        for item in billed.of(FeeKind.ADJUSTMENT)
    ]
    findings += _cash(parcel, billed)
    findings += _fees(parcel, billed, kept, expected, rerate, tolerance)
    payable = sum((expected[kind] for kind in kept if kind in expected), ZERO)
    return _close(billed.waybill, findings, payable, total, tolerance)


def missing(
    parcels: Iterable[ParcelFacts], *, billed: set[str], on: date, after_days: int
) -> list[Classified]:
    """Ours, handed over `after_days` or longer ago, and in no statement so far (ANCHORS 3.9)."""
    return [
        Classified(
            parcel.waybill,
            Outcome.MISSING,
            (Finding(Outcome.MISSING, None, "not billed", sum(parcel.expected.values(), ZERO), ZERO),),
            sum(parcel.expected.values(), ZERO),
            ZERO,
        )
        for parcel in parcels
        if parcel.waybill not in billed
        and FeeKind.FREIGHT not in parcel.settled
        and parcel.handed_over_on is not None
        and (on - parcel.handed_over_on).days >= after_days
    ]


@dataclass(frozen=True)
class Summary:
    outcomes: dict[Outcome, int]
    billed: Decimal
    expected: Decimal
    tolerated: Decimal

    @property
    def difference(self) -> Decimal:
        return self.billed - self.expected

    def tolerates_more_than(self, cap: Decimal) -> bool:
        """Tolerance must not eat a systematic overcharge: the sum per statement is capped too."""
        return abs(self.tolerated) > cap


def summarise(classified: Iterable[Classified]) -> Summary:
    counts: Counter[Outcome] = Counter()
    billed = expected = tolerated = ZERO
    for row in classified:
        counts[row.outcome] += 1
        billed += row.billed
        expected += row.expected
        tolerated += row.tolerated
    return Summary(dict(counts), billed, expected, tolerated)


def _problem(text: str) -> Finding:
    return Finding(Outcome.NEEDS_REVIEW, None, "unreadable", ZERO, ZERO, note=text)


def _name(item: Item) -> str:
    """The fee as the courier calls it, else as we do."""
    return item.name or Reason(f"courier.kind.{item.kind}")


def expected_of(parcel: ParcelFacts, billed: Billed) -> dict[FeeKind, Decimal]:
    """Expected fees by kind as this statement itemises them."""
    folded = sum((parcel.fee(kind) for kind in billed.folded), ZERO)
    expected = {kind: parcel.fee(kind) for kind in FEES if kind not in billed.folded}
    expected[FeeKind.FREIGHT] = parcel.fee(FeeKind.FREIGHT) + folded
    if _is_for_receiver(parcel, billed):
        expected[FeeKind.FREIGHT] = ZERO
    return expected


def _is_for_receiver(parcel: ParcelFacts, billed: Billed) -> bool:
    """An outgoing parcel that the receiver pays costs our account nothing (FORMATS 8.1)."""
    return billed.term == Term.COLLECT and Service.RETURN not in parcel.services


def _once_only(
    parcel: ParcelFacts, billed: Billed, kind: FeeKind, expected: Decimal, tolerance: Tolerance
) -> tuple[Decimal | None, list[Finding]]:
    """What is left to compare of one kind after repeats and earlier settlements are taken out."""
    items = billed.of(kind)
    if not items:
        return None, []
    total = billed.total(kind)
    if kind in parcel.settled:
        before = parcel.settled[kind]
        note = Reason("courier.settled", before=before)
        return None, [Finding(Outcome.BILLED_BEFORE, kind, "settled before", ZERO, total, note)]
    if total == expected or tolerance.covers(total - expected, expected):
        return total, []
    findings = []
    kept = ZERO
    for item in items:
        keep = _repeat(item, expected if len(items) == 1 else None)
        kept += item.total if keep is None else keep
        if keep is not None:
            note = Reason("courier.repeated", item=_name(item), rows=", ".join(item.rows))
            findings.append(Finding(Outcome.DUPLICATE_IN_FILE, kind, "billed twice", keep, item.total, note))
    return kept, findings


def _repeat(item: Item, expected: Decimal | None) -> Decimal | None:
    """The one amount to keep when an item repeats itself; None when its rows are parts of a whole."""
    if len(item.amounts) < 2:
        return None
    if len(set(item.amounts)) == 1:
        return item.amounts[0]
    if expected is not None and expected in item.amounts:
        return expected
    repeated, times = Counter(item.amounts).most_common(1)[0]
    return item.total - repeated * (times - 1) if times > 1 else None


def _cash(parcel: ParcelFacts, billed: Billed) -> list[Finding]:
    """Cash stated against cash due: summed like fees, then a repeated line is taken out."""
    paid = parcel.settled.get(FeeKind.COD, ZERO)
    due = cash.due(parcel.state, to_collect=parcel.cod_amount, paid_before=paid)
    items = billed.of(FeeKind.COD)
    stated = billed.total(FeeKind.COD)
    if not stated and not any(item.total for item in items):
        if due > 0 and billed.states_cod and Service.FORWARD in parcel.services:
            note = Reason("courier.no_cash")
            return [Finding(Outcome.COD_AMOUNT, FeeKind.COD, cash.Verdict.DIFFERENCE, due, ZERO, note)]
        return []
    findings = []
    if stated != due:
        for item in items:
            keep = _repeat(item, due if len(items) == 1 else None)
            if keep is not None:
                note = Reason("courier.repeated_cash", rows=", ".join(item.rows))
                findings.append(
                    Finding(Outcome.DUPLICATE_IN_FILE, FeeKind.COD, "billed twice", keep, item.total, note)
                )
                stated += keep - item.total
    verdict, note = cash.judge(parcel.state, to_collect=parcel.cod_amount, paid_before=paid, stated=stated)
    if verdict != cash.Verdict.MATCHED:
        again = stated > 0 and paid > 0
        code = Outcome.BILLED_BEFORE if again else Outcome.COD_AMOUNT
        findings.append(Finding(code, FeeKind.COD, verdict, due, stated, note))
    return findings


def _fees(
    parcel: ParcelFacts,
    billed: Billed,
    kept: dict[FeeKind, Decimal],
    expected: dict[FeeKind, Decimal],
    rerate: Rerate,
    tolerance: Tolerance,
) -> list[Finding]:
    findings = []
    for kind, code in ((FeeKind.COD_FEE, Outcome.COD_FEE), (FeeKind.SURCHARGE, Outcome.SURCHARGE)):
        if kind in kept and kept[kind] != expected.get(kind, ZERO):
            findings.append(Finding(code, kind, "rate card", expected.get(kind, ZERO), kept[kind]))
    freight = kept.get(FeeKind.FREIGHT)
    if freight and _is_for_receiver(parcel, billed):
        note = Reason("courier.receiver_pays")
        findings.append(Finding(Outcome.RATE, FeeKind.FREIGHT, "payment term", ZERO, freight, note))
    elif freight is not None and not parcel.no_rate and freight != expected[FeeKind.FREIGHT]:
        folded = expected[FeeKind.FREIGHT] - parcel.fee(FeeKind.FREIGHT)
        findings += diagnose(
            rerate,
            services=parcel.services,
            zone=parcel.zone,
            weight_g=parcel.weight_g,
            billed_zone=billed.zone,
            billed_weight_g=billed.weight_g,
            billed_as_return=billed.is_return,
            expected=expected[FeeKind.FREIGHT],
            folded=folded,
            billed=freight,
        )
    return _tolerate(findings, sum((expected[kind] for kind in kept if kind in expected), ZERO), tolerance)


def _tolerate(findings: list[Finding], expected: Decimal, tolerance: Tolerance) -> list[Finding]:
    """Small fee differences pass together or not at all, so that parts don't hide a whole."""
    size = sum((abs(finding.money) for finding in findings), ZERO)
    if not findings or not tolerance.covers(size, expected):
        return findings
    return [replace(finding, tolerated=True) for finding in findings]


def _close(
    waybill: str, findings: list[Finding], expected: Decimal, billed: Decimal, tolerance: Tolerance
) -> Classified:
    if not findings:
        return Classified(waybill, Outcome.AGREED, (), expected, billed)
    # a stable sort: freight findings come with the one that explains the fee first
    ordered = tuple(sorted(findings, key=lambda f: (f.tolerated, _rank(f, findings))))
    first = ordered[0]
    outcome = Outcome.WITHIN_TOLERANCE if first.tolerated else first.code
    return Classified(waybill, outcome, ordered, expected, billed)


def _rank(finding: Finding, findings: list[Finding]) -> int:
    """Freight findings rank as one group, by the substitution that names them (ANCHORS 3.6)."""
    freight = [f for f in findings if f.kind == FeeKind.FREIGHT and f.rule.startswith("re-rated")]
    if finding in freight:
        return RANK[freight[0].code]
    return RANK[finding.code]
