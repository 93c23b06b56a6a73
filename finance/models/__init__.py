from .ledger import Account, AccountBalance, Allocation, DayClose, Entry, Period, Posting, Voucher
from .money_accounts import MoneyAccount
from .payments import InboxMessage, Payment, PaymentEvidence, PaymentIntent, UnappliedReceipt
from .refunds import Refund

__all__ = [
    "Account",
    "AccountBalance",
    "Allocation",
    "DayClose",
    "Entry",
    "InboxMessage",
    "MoneyAccount",
    "Payment",
    "PaymentEvidence",
    "PaymentIntent",
    "Period",
    "Posting",
    "Refund",
    "UnappliedReceipt",
    "Voucher",
]
