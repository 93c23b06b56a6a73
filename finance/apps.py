from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import origins


class FinanceConfig(AppConfig):
    name = "finance"
    verbose_name = _("Finance")

    def ready(self) -> None:
        origins.register("order", "order.Order", number="number")
        origins.register("payment", "finance.Payment", number="trade_no")
        origins.register("payment_intent", "finance.PaymentIntent", number="merchant_ref")
        origins.register("receipt", "finance.UnappliedReceipt", number="pk")
        origins.register("refund", "finance.Refund", number="number")
        origins.register("statement", "finance.StatementFile", number="filename")
        origins.register("statement_line", "finance.StatementLine", number="row_no")
        origins.register("bank", "finance.MoneyAccount", number="code", title=_("bank account"))
        origins.register("provider", "finance.MoneyAccount", number="code", title=_("payment provider"))
        origins.register("entity", "core.LegalEntity", number="code")
        origins.register("entry", "finance.Entry", number="pk")
        origins.register("period", "finance.Period", number="first_day")
