from . import ledger, payments, refunds, statements

__all__ = ["ledger", "payments", "refunds", "statements"]
