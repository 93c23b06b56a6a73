from .ledger import Account, AccountBalance, Allocation, DayClose, Entry, Period, Posting, Voucher
from .money_accounts import MoneyAccount

__all__ = [
    "Account",
    "AccountBalance",
    "Allocation",
    "DayClose",
    "Entry",
    "MoneyAccount",
    "Period",
    "Posting",
    "Voucher",
]
