"""The moments that the books know: one kind of journal entry each, as the posting table names them."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

REVERSED = "reverse."


class Moment(models.TextChoices):
    """What happened, in the words of whoever reads the journal."""

    OPENING_STOCK = "opening_stock", _("opening stock")
    GOODS_RECEIVED = "goods_received", _("goods received, not billed")
    GOODS_BILLED = "goods_billed", _("goods billed by the supplier")
    SUPPLIER_DEPOSIT = "supplier_deposit", _("deposit paid to a supplier")
    SUPPLIER_PAID = "supplier_paid", _("supplier paid")
    STOCK_DIFFERENCE = "stock_difference", _("stock found or missing")
    DIFFERENCE_EXPLAINED = "difference_explained", _("difference explained")
    SOLD_OFFLINE = "sold_offline", _("sold at a till")
    PREPAYMENT = "prepayment", _("advance for an order")
    UNAPPLIED_RECEIPT = "unapplied_receipt", _("money that fits nothing")
    RECEIPT_APPLIED = "receipt_applied", _("receipt given to its order")
    RECEIPT_PARKED = "receipt_parked", _("receipt taken from its order")
    RECEIPT_REFUND_DECIDED = "receipt_refund_decided", _("receipt goes back")
    DEPOSIT_TOPPED_UP = "deposit_topped_up", _("deposit topped up")
    DEPOSIT_USED = "deposit_used", _("deposit used for an order")
    HANDOVER = "handover", _("goods handed over")
    DELIVERY_PREPAID = "delivery.prepaid", _("sale, paid before")
    DELIVERY_COD = "delivery.cod", _("sale, cash on delivery")
    DELIVERY_ON_ACCOUNT = "delivery.on_account", _("sale, on account")
    DELIVERY_SERVICE = "delivery.service", _("sale, service performed")
    RECEIVABLE_PAID = "receivable_paid", _("receivable paid")
    COURIER_ACCRUAL = "courier_accrual", _("freight accrued")
    COURIER_CHARGE = "courier_charge", _("freight billed")
    COURIER_PAID = "courier_paid", _("courier paid")
    REMITTANCE = "remittance", _("collected cash remitted")
    COD_WRITE_OFF = "cod_write_off", _("collected cash written off")
    LOSS = "loss", _("parcel lost")
    CLAIM_SETTLED = "claim_settled", _("claim settled")
    GOODS_BACK = "goods_back", _("goods came back")
    RETURN_ACCEPTED = "return_accepted", _("return accepted")
    REFUND_DECIDED = "refund_decided", _("refund decided")
    REFUND_PAID = "refund_paid", _("refund paid")
    PROVIDER_BILL = "provider_bill", _("provider's bill agreed")
    PROVIDER_FEE = "provider_fee", _("provider's fee")
    PROVIDER_DIFFERENCE = "provider_difference", _("difference with the provider")
    PAYOUT = "payout", _("payout announced")
    PAYOUT_RECEIVED = "payout_received", _("payout received")
    BANK_FEE = "bank_fee", _("bank fee or interest")


def moment_name(kind: str) -> str:
    """What people call entries of this kind, reversals included."""
    names = dict(Moment.choices)
    if kind.startswith(REVERSED):
        of = kind.removeprefix(REVERSED)
        return gettext("reversal: %(moment)s") % {"moment": names.get(of, of)}
    return str(names.get(kind, kind))


def moment_names() -> dict[str, str]:
    """The same for every kind there is."""
    kinds = [kind for moment in Moment.values for kind in (moment, REVERSED + moment)]
    return {kind: moment_name(kind) for kind in kinds}
