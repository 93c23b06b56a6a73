from .ledger import Account, AccountBalance, Allocation, DayClose, Entry, Period, Posting, Voucher
from .moments import Moment, moment_name, moment_names
from .money_accounts import MoneyAccount
from .payments import InboxMessage, Payment, PaymentEvidence, PaymentIntent, UnappliedReceipt
from .refunds import Refund
from .statements import LineDecision, LineMatch, StatementFile, StatementLine

__all__ = [
    "Account",
    "AccountBalance",
    "Allocation",
    "DayClose",
    "Entry",
    "InboxMessage",
    "LineDecision",
    "LineMatch",
    "Moment",
    "MoneyAccount",
    "Payment",
    "PaymentEvidence",
    "PaymentIntent",
    "Period",
    "Posting",
    "Refund",
    "StatementFile",
    "StatementLine",
    "UnappliedReceipt",
    "Voucher",
    "moment_name",
    "moment_names",
]
