"""The posting table: one function per moment at which money or goods change hands.

Each posts one entry under a key made of the moment and its documents, so calling it again changes nothing.
Origins and parties are chosen so that every clearing account goes to zero per order, parcel, payment,
batch or bill. Amounts are Decimals of two places, never negative unless a docstring says so.
"""

from .couriers import (
    CourierCharge,
    book_claim_settled,
    book_cod_write_off,
    book_courier_accrual,
    book_courier_bill,
    book_courier_charges,
    book_courier_paid,
    book_remittance,
)
from .goods import (
    book_difference_explained,
    book_goods_billed,
    book_goods_received,
    book_opening_stock,
    book_sold_offline,
    book_stock_difference,
    book_supplier_deposit,
    book_supplier_paid,
)
from .places import account_of, bank_party
from .receipts import (
    book_advance_to_receivable,
    book_bank_fee,
    book_deposit_topped_up,
    book_deposit_used,
    book_payout,
    book_payout_received,
    book_prepayment,
    book_provider_bill,
    book_provider_fee,
    book_receipt_applied,
    book_receipt_parked,
    book_unapplied_receipt,
)
from .refunds import (
    book_receipt_refund_decided,
    book_refund_decided,
    book_refund_paid,
    book_return_accepted,
)
from .sales import Term, book_delivery, book_goods_back, book_handover, book_loss, book_service

__all__ = [
    "CourierCharge",
    "Term",
    "account_of",
    "bank_party",
    "book_advance_to_receivable",
    "book_bank_fee",
    "book_claim_settled",
    "book_cod_write_off",
    "book_courier_accrual",
    "book_courier_bill",
    "book_courier_charges",
    "book_courier_paid",
    "book_delivery",
    "book_deposit_topped_up",
    "book_deposit_used",
    "book_difference_explained",
    "book_goods_back",
    "book_goods_billed",
    "book_goods_received",
    "book_handover",
    "book_loss",
    "book_opening_stock",
    "book_payout",
    "book_payout_received",
    "book_prepayment",
    "book_provider_bill",
    "book_provider_fee",
    "book_receipt_applied",
    "book_receipt_parked",
    "book_receipt_refund_decided",
    "book_refund_decided",
    "book_refund_paid",
    "book_remittance",
    "book_return_accepted",
    "book_service",
    "book_sold_offline",
    "book_stock_difference",
    "book_supplier_deposit",
    "book_supplier_paid",
    "book_unapplied_receipt",
]
