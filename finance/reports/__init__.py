"""Reports that read nothing above the books."""

from core.reports import register

from .ageing import Ageing
from .ledger import LedgerLines
from .refunds import Refunds

register(Ageing())
register(LedgerLines())
register(Refunds())
