"""Money that is proven: provider bills, bank statements, courier statements, remittances."""

import csv
import io
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from core import clock
from core.audit import acting
from core.errors import DomainError
from core.origins import Origin
from finance.gateways.base import BillKind
from finance.models import MoneyAccount, StatementLine, UnappliedReceipt
from finance.services import agree_statement, claim_line, import_statement, park_line, refund_receipt
from finance.services.providers import gateway_for
from logistics.errors import RemittanceError
from logistics.gateways.simulator.control import ControlError
from logistics.models import Courier, Parcel, Remittance, WaybillOutcome
from logistics.services import (
    accept_outcomes,
    apply_remittance,
    dispute_outcomes,
    import_courier_statement,
    import_remittance,
)
from logistics.services import agree_statement as agree_courier_statement
from logistics.services.accounts import gateway_of
from shopsite.demo_company.history.outside import World

KEPT_FOR_REFUNDS: Final = Decimal("4000.00")
# Errors in the couriers' bills, so that the audit has something to find.
SLIPS: Final[dict[str, dict[str, int]]] = {
    "sf": {"weight": 1, "rate": 1, "within_tolerance": 1},
    "yto": {"weight": 2, "zone": 1, "surcharge": 1, "duplicate_in_file": 1, "missing": 1},
    "jd": {"rate": 1, "not_ours": 1, "needs_review": 1, "cod_amount": 1},
}


class Books:
    """Finance's desk of one run."""

    def __init__(self, world: World, staff: dict[str, Any], last: date) -> None:
        self.world, self.finance, self.last = world, staff["finance"], last
        self.alipay = MoneyAccount.objects.get(code="alipay")
        self.bank = MoneyAccount.objects.get(code="bank")

    def work(self, at: datetime) -> None:
        """What is due on this day, in the order in which one needs the other."""
        today = clock.day_of(at)
        with clock.virtual(at), acting(self.finance):
            if today.weekday() == 0:
                self._pay_out(today)
            if today.weekday() == 2:
                for courier in Courier.objects.order_by("pk"):
                    self._take_remittance(courier, today, apply=today < self.last - timedelta(days=7))
            month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
            if today.day == 3:
                self._provider_bill(month)
            if today.day == 4:
                self._bank_statement(month)
            if today.day == 6:
                newest = (self.last - month).days < 62
                for courier in Courier.objects.order_by("pk"):
                    self._courier_statement(courier, f"{month:%Y-%m}", newest=newest)

    def _pay_out(self, today: date) -> None:
        reference, books = f"payout-{today}", self.world.provider.books("none")
        amount = Decimal(books["balance"]) - KEPT_FOR_REFUNDS
        known = {payout["reference"] for payout in books["payouts"]}
        if amount > 0 and reference not in known:
            self.world.provider.pay_out(reference, amount)

    def _provider_bill(self, month: date) -> None:
        data = gateway_for("alipay").download_bill(month, BillKind.FUND, whole_month=True)
        if not isinstance(data, bytes):
            raise RuntimeError(f"the provider gave no bill of {month:%Y-%m}: {data}")
        result = import_statement(account=self.alipay, data=data, filename=f"alipay-{month:%Y%m}.zip")
        if result.file_id and result.state == "accepted":
            agree_statement(file_id=result.file_id)

    def _bank_statement(self, month: date) -> None:
        rows = self._bank_rows(month)
        data = _as_csv(rows)
        result = import_statement(account=self.bank, data=data, filename=f"bank-{month:%Y%m}.csv")
        if not result.file_id or result.state not in ("accepted", "agreed"):
            raise RuntimeError(f"our own bank statement was not taken: {result}")
        agree_statement(file_id=result.file_id)
        self._claim_remittances(result.file_id)
        odd = StatementLine.objects.filter(file_id=result.file_id, posted_at=None, outcome="unknown")
        for line in odd.filter(direction="in").order_by("pk"):
            park_line(line_id=line.pk, reason="付款人未注明用途")
        agree_statement(file_id=result.file_id)
        older = UnappliedReceipt.objects.filter(state=UnappliedReceipt.State.OPEN).order_by("-pk")[1:2]
        for receipt in older:
            refund_receipt(receipt_id=receipt.pk, reason="查无订单，原路退回")

    def _bank_rows(self, month: date) -> list[tuple[date, Decimal, Decimal, str, str, str]]:
        """Date, in, out, counterparty, text and serial of a month."""
        prefix = f"{month:%Y-%m}"
        rows = [
            (date.fromisoformat(p["paid_out_at"][:10]), Decimal(p["amount"]), Decimal(0),
             "支付宝（中国）网络技术有限公司", "提现", p["payout_no"])
            for p in self.world.provider.books("none")["payouts"] if p["paid_out_at"].startswith(prefix)
        ]  # fmt: skip
        for advice in Remittance.objects.filter(state=Remittance.State.APPLIED).order_by("pk"):
            day = clock.day_of(advice.received_at)
            if day.replace(day=1) == month and advice.paid > 0:
                text = f"代收货款 {advice.number}"
                rows.append((day, advice.paid, Decimal(0), advice.courier.name, text, advice.number))
        rows.append((month.replace(day=21), Decimal(0), Decimal("20.00"), "", "账户管理费", f"F{month:%Y%m}"))
        gift = Decimal(680 + month.month * 13)
        rows.append((month.replace(day=17), gift, Decimal(0), "陆家嘴茶空间", "货款", f"K{month:%Y%m}"))
        return sorted(rows, key=lambda row: (row[0], row[5]))

    def _claim_remittances(self, file_id: int) -> None:
        """Their money is in the books since the advice; here is the bank's word for it."""
        lines = StatementLine.objects.filter(file_id=file_id, posted_at=None, direction="in")
        for advice in Remittance.objects.filter(state=Remittance.State.APPLIED):
            line = lines.filter(memo__contains=advice.number, amount=advice.paid).first()
            if line is not None:
                origin = Origin("remittance", advice.pk)
                claim_line(line_id=line.pk, by=origin, reason=f"代收货款 {advice.number}")

    def _take_remittance(self, courier: Courier, today: date, *, apply: bool) -> None:
        collected = Parcel.objects.filter(courier=courier, cod_amount__gt=0, state=Parcel.State.DELIVERED)
        if not collected.filter(cod_state__in=["due", "stated"]).exists():
            return
        with suppress(ControlError):  # paid out already, before we were interrupted
            self.world.couriers.remit(courier.code)
        file = gateway_of(courier).fetch_remittance(today)
        result = import_remittance(courier=courier, data=file.content, filename=file.name)
        if result.remittance_id and apply:
            with suppress(RemittanceError):  # waits for a person, as it should
                apply_remittance(remittance_id=result.remittance_id)

    def _courier_statement(self, courier: Courier, period: str, *, newest: bool) -> None:
        for plant in (SLIPS[courier.code], {}):
            try:
                self.world.couriers.make_statement(courier.code, period, plant)
                break
            except ControlError as refusal:
                if "has billed" in str(refusal):
                    break
        file = gateway_of(courier).fetch_statement(period)
        result = import_courier_statement(
            courier=courier, data=file.content, filename=file.name, period=period
        )
        if not result.statement_id or result.state not in ("matched", "agreed"):
            return
        if not newest:
            self._decide(result.statement_id)
        with transaction.atomic():
            agree_courier_statement(statement_id=result.statement_id)

    def _decide(self, statement_id: int) -> None:
        """Fees a little off are accepted, the rest is disputed; what cannot be paid stays as it is."""
        outcomes = WaybillOutcome.objects.filter(statement_id=statement_id, decision="", posted_at=None)
        for outcome in outcomes.exclude(outcome__in=WaybillOutcome.AUTOMATIC).order_by("pk"):
            with suppress(DomainError):
                if outcome.outcome in ("weight", "surcharge"):
                    accept_outcomes(outcome_ids=[outcome.pk], reason="复核称重照片，接受")
                else:
                    dispute_outcomes(outcome_ids=[outcome.pk], reason="与合同价不符，已发函")


def _as_csv(rows: list[tuple[date, Decimal, Decimal, str, str, str]]) -> bytes:
    out, balance = io.StringIO(), Decimal("50000.00")
    table = csv.writer(out)
    table.writerow(["交易日期", "收入金额", "支出金额", "账户余额", "对方户名", "摘要", "流水号"])
    for day, came, went, whom, text, serial in rows:
        balance += came - went
        table.writerow(
            [day.isoformat(), f"{came:.2f}" if came else "", f"{went:.2f}" if went else "", f"{balance:.2f}",
             whom, text, serial]
        )  # fmt: skip
    return out.getvalue().encode()
