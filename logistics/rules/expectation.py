"""What a parcel should be billed, and how to ask the card again with the courier's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.money import ZERO
from core.reasons import gettext as _
from logistics.rules.freight import Rerate
from logistics.rules.outcomes import FeeKind
from logistics.rules.rate_cards import RateCard, RatingError, Service
from logistics.rules.rating import Fee, Shipment, expected_fee


@dataclass(frozen=True)
class Expectation:
    """`expected` by kind; `no_rate` says why there is none; `rerate` is what matching asks."""

    expected: dict[FeeKind, Decimal]
    fees: tuple[Fee, ...]
    rerate: Rerate
    no_rate: str = ""


def expect(
    card: RateCard, shipment: Shipment, services: Sequence[Service] = (Service.FORWARD,)
) -> Expectation:
    """The sum of all legs billed under one number. A missing price is a reason, not an exception."""

    def rerate(service: Service, zone: str, weight_g: int | None) -> Decimal | None:
        asked = replace(shipment, service=service, zone=zone)
        if weight_g is not None:
            asked = replace(asked, weight_g=weight_g, dims_cm=None)
        try:
            return expected_fee(card, asked).freight
        except RatingError:
            return None

    try:
        if shipment.weight_g <= 0 and not shipment.dims_cm:
            raise RatingError(_("no weight is known: weigh it or accept the courier's"))
        fees = tuple(expected_fee(card, replace(shipment, service=service)) for service in services)
    except RatingError as error:
        return Expectation({}, (), rerate, error.why)
    return Expectation(
        {
            FeeKind.FREIGHT: sum((fee.freight for fee in fees), ZERO),
            FeeKind.SURCHARGE: sum((fee.surcharge for fee in fees), ZERO),
            FeeKind.COD_FEE: sum((fee.cod_fee for fee in fees), ZERO),
        },
        fees,
        rerate,
    )
