"""Alipay through its open gateway: page and phone payment, query, close, refund, bills (FORMATS 2).

Only what a provider key has signed is believed: the exact bytes of an answer, or the decoded fields of a
notification. An answer without a good signature is Unknown, even when it claims a refusal: a forged refusal
would make us refund twice.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from finance.gateways.alipay_notices import read_notification
from finance.gateways.alipay_values import (
    TRADE_STATUSES,
    amount_or_none,
    strict_object,
    time_or_none,
    written_time,
)
from finance.gateways.base import (
    BillKind,
    Device,
    Notification,
    PaymentRequest,
    PayPage,
    RefundRequest,
    RefundState,
    RefundStatus,
    Refused,
    TradeState,
    TradeStatus,
    Unknown,
)
from finance.gateways.rsa2 import KeyRing, load_private_key, sign, text_to_sign
from finance.gateways.wire import CONNECT_SECONDS, READ_SECONDS, Wire

MOST_ANSWER_BYTES = 1024 * 1024
MOST_BILL_BYTES = 64 * 1024 * 1024
NO_SUCH_TRADE = "ACQ.TRADE_NOT_EXIST"
NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
FORBIDDEN = str.maketrans("/=&", "   ")
UNDECIDED = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"}
UNREADABLE = (KeyError, ValueError, TypeError, AttributeError)


class Unproven(Exception):
    """An answer that no provider key has signed as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipaySettings:
    """One application of one merchant account. Keys are PEM or bare base64, the provider's by id."""

    gateway_url: str
    app_id: str
    seller_id: str
    merchant_private_key: str = field(repr=False)
    provider_public_keys: Mapping[str, str] = field(repr=False)
    notify_url: str
    return_url: str
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS


class AlipayGateway:
    """A PaymentGateway. `now` gives the business time, `inside_transaction` guards against F04."""

    code: ClassVar[str] = "alipay"

    def __init__(
        self,
        settings: AlipaySettings,
        *,
        now: Callable[[], datetime],
        inside_transaction: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._now = now
        self._key = load_private_key(settings.merchant_private_key)
        self._ring = KeyRing(settings.provider_public_keys)
        self._wire = Wire(
            inside_transaction=inside_transaction,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
        )

    @property
    def payee(self) -> str:
        return self._settings.seller_id

    def create(self, request: PaymentRequest) -> PayPage | Refused | Unknown:
        """A signed link; the provider hears of the trade when the payer opens it, and closes it at
        `expires_at`. Refuses other currencies than CNY and numbers that the provider would not take."""
        if request.currency != "CNY":
            return Refused("currency", f"Alipay is paid in CNY, not {request.currency}")
        if not NUMBER.fullmatch(request.merchant_ref):
            return Refused("merchant_ref", "an Alipay number has up to 64 letters, digits, - or _")
        phone = request.device is Device.PHONE
        content = {
            "out_trade_no": request.merchant_ref,
            "total_amount": f"{request.amount:.2f}",
            "subject": _plain(request.subject, 256),
            "body": _plain(request.body, 128),
            "product_code": "QUICK_WAP_WAY" if phone else "FAST_INSTANT_TRADE_PAY",
            "time_expire": written_time(request.expires_at),
        }
        fields = self._signed("alipay.trade.wap.pay" if phone else "alipay.trade.page.pay", content)
        return PayPage(f"{self._settings.gateway_url}?{urlencode(fields)}")

    def query(self, merchant_ref: str) -> TradeState | Refused | Unknown:
        """The trade as the provider sees it; ABSENT when it has never heard of the number."""
        answer = self._call("alipay.trade.query", {"out_trade_no": merchant_ref})
        if isinstance(answer, Refused):
            if answer.code == NO_SUCH_TRADE:
                return TradeState(merchant_ref, TradeStatus.ABSENT)
            return answer
        return answer if isinstance(answer, Unknown) else _trade_state(answer, merchant_ref)

    def close(self, merchant_ref: str) -> TradeState | Refused | Unknown:
        """Ask to close, then ask what it is: closed by us, paid meanwhile, or never opened (F28)."""
        answer = self._call("alipay.trade.close", {"out_trade_no": merchant_ref})
        return answer if isinstance(answer, Unknown) else self.query(merchant_ref)

    def refund(self, request: RefundRequest) -> RefundState | Refused | Unknown:
        """Refund once per `refund_ref`, however often it is asked (FORMATS 2.7)."""
        answer = self._call(
            "alipay.trade.refund",
            {
                "out_trade_no": request.merchant_ref,
                "out_request_no": request.refund_ref,
                "refund_amount": f"{request.amount:.2f}",
                "refund_reason": request.reason,
            },
        )
        if isinstance(answer, Refused | Unknown):
            return answer
        if answer.get("fund_change") != "Y":
            # A repeat moves no money: only the query tells what became of the first call.
            return self.query_refund(request.merchant_ref, request.refund_ref)
        try:
            if answer["out_trade_no"] != request.merchant_ref:
                return Unknown("the answer is for another trade")
            return RefundState(
                request.merchant_ref,
                request.refund_ref,
                RefundStatus.DONE,
                request.amount,
                str(answer["trade_no"]),
                amount_or_none(answer.get("refund_fee")),
                time_or_none(answer.get("gmt_refund_pay")),
            )
        except UNREADABLE:
            return Unknown("unreadable answer to refund")

    def query_refund(self, merchant_ref: str, refund_ref: str) -> RefundState | Refused | Unknown:
        """The refund as the provider sees it; ABSENT when it has no such request for this trade."""
        answer = self._call(
            "alipay.trade.fastpay.refund.query",
            {
                "out_trade_no": merchant_ref,
                "out_request_no": refund_ref,
                "query_options": ["gmt_refund_pay"],
            },
        )
        if isinstance(answer, Refused):
            if answer.code == NO_SUCH_TRADE:
                return RefundState(merchant_ref, refund_ref, RefundStatus.ABSENT)
            return answer
        return answer if isinstance(answer, Unknown) else _refund_state(answer, merchant_ref, refund_ref)

    def parse_notification(self, method: str, headers: Mapping[str, str], body: bytes) -> Notification:
        """The notification, if a provider key signed it for our application; else BadNotification."""
        return read_notification(method, headers, body, ring=self._ring, app_id=self._settings.app_id)

    def answer(self, ok: bool) -> bytes:
        return b"success" if ok else b"failure"

    def download_bill(
        self, day: date, kind: BillKind, *, whole_month: bool = False
    ) -> bytes | Refused | Unknown:
        """The ZIP of one past day, or of its month. Its link dies within half a minute and is never kept."""
        bill_type = "trade" if kind is BillKind.TRADE else "signcustomer"
        answer = self._call(
            "alipay.data.dataservice.bill.downloadurl.query",
            {"bill_type": bill_type, "bill_date": day.isoformat()[: 7 if whole_month else 10]},
        )
        if isinstance(answer, Refused | Unknown):
            return answer
        content = self._wire.get(str(answer.get("bill_download_url", "")), limit=MOST_BILL_BYTES)
        if isinstance(content, bytes) and not content.startswith(b"PK"):
            return Unknown("the download is no archive")
        return content

    def _call(self, method: str, content: Mapping[str, Any]) -> dict[str, Any] | Refused | Unknown:
        body = self._wire.post(
            f"{self._settings.gateway_url}?charset=utf-8",
            self._signed(method, content),
            limit=MOST_ANSWER_BYTES,
        )
        if isinstance(body, Unknown):
            return body
        try:
            answer = self._proven(body, method.replace(".", "_") + "_response")
        except (ValueError, RecursionError):
            return Unknown("the answer cannot be read")
        except Unproven as failure:
            return Unknown(str(failure))
        if answer.get("code") == "10000":
            return answer
        code = str(answer.get("sub_code") or answer.get("code") or "")
        if not code or answer.get("code") == "20000" or code in UNDECIDED:
            return Unknown(f"the provider does not know: {code}")
        return Refused(code, str(answer.get("sub_msg") or answer.get("msg") or ""))

    def _signed(self, method: str, content: Mapping[str, Any]) -> dict[str, str]:
        fields = {
            "app_id": self._settings.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": written_time(self._now()),
            "version": "1.0",
            "biz_content": json.dumps(
                {key: value for key, value in content.items() if value}, ensure_ascii=False
            ),
        }
        if method.endswith(".pay"):
            fields |= {"notify_url": self._settings.notify_url, "return_url": self._settings.return_url}
        fields = {key: value for key, value in fields.items() if value}
        signed = {key: value.encode() for key, value in fields.items()}
        return fields | {"sign": sign(text_to_sign(signed, without=()), self._key)}

    def _proven(self, body: bytes, node: str) -> dict[str, Any]:
        """The signed object of an answer, parsed from exactly the bytes that the signature covers."""
        text = body.decode()
        envelope = strict_object(text)
        start = text.find(f'"{node}":')
        if start < 0 or node not in envelope:
            raise Unproven("the answer is for another call")
        start = text.index(":", start) + 1
        start += len(text[start:]) - len(text[start:].lstrip())
        _, end = json.JSONDecoder().raw_decode(text, start)
        signature = envelope.get("sign")
        if not isinstance(signature, str) or not signature:
            raise Unproven("the answer is not signed")
        if self._ring.signer_of(text[start:end].encode(), signature) is None:
            raise Unproven("the answer is signed by nobody we know")
        return strict_object(text[start:end])


def _plain(text: str, length: int) -> str:
    """Free text without the characters that the provider refuses."""
    return " ".join(text.translate(FORBIDDEN).split())[:length]


def _trade_state(answer: Mapping[str, Any], merchant_ref: str) -> TradeState | Unknown:
    try:
        if answer["out_trade_no"] != merchant_ref:
            return Unknown("the answer is for another trade")
        return TradeState(
            merchant_ref,
            TRADE_STATUSES[answer["trade_status"]],
            provider_ref=str(answer["trade_no"]),
            amount=amount_or_none(answer["total_amount"]),
            paid_at=time_or_none(answer.get("send_pay_date")),
            payer=str(answer.get("buyer_logon_id", "")),
        )
    except UNREADABLE:
        return Unknown("unreadable answer to query")


def _refund_state(answer: Mapping[str, Any], merchant_ref: str, refund_ref: str) -> RefundState | Unknown:
    status = answer.get("refund_status")
    if not status and not answer.get("refund_amount"):
        return RefundState(merchant_ref, refund_ref, RefundStatus.ABSENT)
    try:
        if answer["out_request_no"] != refund_ref or answer["out_trade_no"] != merchant_ref:
            return Unknown("the answer is for another refund")
        return RefundState(
            merchant_ref,
            refund_ref,
            RefundStatus.DONE if status == "REFUND_SUCCESS" else RefundStatus.PENDING,
            amount_or_none(answer["refund_amount"]),
            str(answer["trade_no"]),
            refunded_at=time_or_none(answer.get("gmt_refund_pay")),
        )
    except UNREADABLE:
        return Unknown("unreadable answer to refund query")
