"""What findings about a waybill say beside their figures, by code (ANCHORS 3.4)."""

from core.reasons import Reason, gettext_noop, offer_reasons, told

__all__ = ["NOTES", "Reason", "told"]

NOTES = {
    "courier.row": gettext_noop("%(row)s: %(why)s"),
    "courier.no_waybill": gettext_noop("an amount without a waybill; an account-level charge?"),
    "courier.no_rate": gettext_noop("no expected freight: %(why)s"),
    "courier.correction": gettext_noop("%(item)s of %(amount)s: link it to the charge that it corrects"),
    "courier.settled": gettext_noop("%(before)s was settled by an earlier statement"),
    "courier.repeated": gettext_noop("%(item)s stands on rows %(rows)s"),
    "courier.repeated_cash": gettext_noop("the cash stands on rows %(rows)s"),
    "courier.no_cash": gettext_noop("delivered here, but the statement shows no cash"),
    "courier.receiver_pays": gettext_noop("the receiver pays this parcel; nothing is payable by our account"),
    "courier.weight": gettext_noop("billed at %(theirs)s g, weighed here %(ours)s g"),
    "courier.zone": gettext_noop("billed to zone %(theirs)s, sent to zone %(ours)s"),
    "courier.forward_price": gettext_noop("the forward price of this parcel"),
    "courier.other_return_price": gettext_noop("not the agreed return price"),
    "courier.went_forward": gettext_noop("billed as a return, but it went forward"),
    "courier.unexplained": gettext_noop("no weight or zone gives this fee"),
    "courier.arithmetic": gettext_noop("%(cod)s less %(fee)s and %(freight)s is %(due)s, not %(net)s"),
    "courier.not_ours": gettext_noop("No parcel of ours has this waybill. Ask the courier whose cash it is."),
    "courier.owes_less": gettext_noop("owes %(left)s only"),
    "courier.row_without_waybill": gettext_noop("no waybill"),
    "courier.kind.freight": gettext_noop("freight"),
    "courier.kind.surcharge": gettext_noop("surcharge"),
    "courier.kind.cod_fee": gettext_noop("COD fee"),
    "courier.kind.cod": gettext_noop("cash"),
    "courier.kind.adjustment": gettext_noop("correction"),
}
offer_reasons(NOTES)
