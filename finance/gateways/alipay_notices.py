"""Reading an Alipay notification: proof first, over the raw bytes, then the typed result (FORMATS 2.6, F25).

There is no check of age: the provider repeats a message for 25 hours, and a replay is stopped by the inbox,
which knows the `event_id`.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from finance.gateways.alipay_values import TRADE_STATUSES, amount_or_none, read_time, time_or_none
from finance.gateways.base import (
    ForgedNotification,
    Notification,
    NotificationKind,
    TradeStatus,
    UnreadableNotification,
    parsed_amount,
)
from finance.gateways.rsa2 import KeyRing, text_to_sign

MOST_BYTES = 64 * 1024
MOST_FIELDS = 100
CHARSETS = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
NOT_SIGNED = ("sign", "sign_type")


def read_notification(
    method: str, headers: Mapping[str, str], body: bytes, *, ring: KeyRing, app_id: str
) -> Notification:
    """The notification, proven to be the provider's and for this application.

    Raises ForgedNotification when the proof fails in any way, UnreadableNotification when a proven message
    lacks what we need. Seller, amount and number are compared by the caller with its own intent (F26).
    """
    if method != "POST":
        raise ForgedNotification("method")
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ForgedNotification("content type")
    if len(body) > MOST_BYTES:
        raise ForgedNotification("size")
    fields = _fields(body)
    key_id = _signer(fields, ring)
    texts = _texts(fields)
    if texts.get("app_id") != app_id:
        raise ForgedNotification("app_id")
    try:
        return _notification(texts, key_id)
    except (KeyError, ValueError) as failure:
        raise UnreadableNotification("fields") from failure


def _fields(body: bytes) -> dict[str, bytes]:
    """The form, URL-decoded once, values still as bytes: the signature covers these bytes."""
    fields: dict[str, bytes] = {}
    parts = body.split(b"&")
    if len(parts) > MOST_FIELDS:
        raise ForgedNotification("too many fields")
    for part in parts:
        raw_key, equals, raw_value = part.partition(b"=")
        try:
            key = unquote_to_bytes(raw_key.replace(b"+", b" ")).decode("ascii")
        except UnicodeDecodeError as failure:
            raise ForgedNotification("field name") from failure
        if not equals or not key:
            raise ForgedNotification("form")
        if key in fields:
            raise ForgedNotification("field twice")
        fields[key] = unquote_to_bytes(raw_value.replace(b"+", b" "))
    return fields


def _signer(fields: Mapping[str, bytes], ring: KeyRing) -> str:
    if fields.get("sign_type") != b"RSA2":
        raise ForgedNotification("sign_type")
    signature = fields.get("sign", b"")
    if not signature:
        raise ForgedNotification("sign absent")
    key_id = ring.signer_of(text_to_sign(fields, without=NOT_SIGNED), signature.decode("latin-1"))
    if key_id is None:
        raise ForgedNotification("sign")
    return key_id


def _texts(fields: Mapping[str, bytes]) -> dict[str, str]:
    charset = CHARSETS.get(fields.get("charset", b"").decode("latin-1").lower())
    if charset is None:
        raise UnreadableNotification("charset")
    try:
        return {key: value.decode(charset) for key, value in fields.items()}
    except UnicodeDecodeError as failure:
        raise UnreadableNotification("charset") from failure


def _notification(texts: Mapping[str, str], key_id: str) -> Notification:
    status = TRADE_STATUSES[texts["trade_status"]]
    refunded = amount_or_none(texts.get("refund_fee")) or parsed_amount("0")
    return Notification(
        event_id=_filled(texts, "notify_id"),
        kind=_kind(status, is_refund=bool(refunded or texts.get("out_biz_no") or texts.get("gmt_refund"))),
        status=status,
        merchant_ref=_filled(texts, "out_trade_no"),
        provider_ref=_filled(texts, "trade_no"),
        amount=parsed_amount(texts["total_amount"]),
        currency=texts.get("trans_currency") or "CNY",
        payee=texts.get("seller_id", ""),
        sent_at=read_time(texts["notify_time"]),
        paid_at=time_or_none(texts.get("gmt_payment")),
        closed_at=time_or_none(texts.get("gmt_close")),
        refund_ref=texts.get("out_biz_no", ""),
        refunded_total=refunded,
        refunded_at=time_or_none(texts.get("gmt_refund")),
        payer=texts.get("buyer_logon_id", ""),
        key_id=key_id,
        fields={key: value for key, value in texts.items() if key != "sign"},
    )


def _filled(texts: Mapping[str, str], key: str) -> str:
    if not texts[key]:
        raise ValueError(f"{key} is empty")
    return texts[key]


def _kind(status: TradeStatus, *, is_refund: bool) -> NotificationKind:
    """There is no refund status: a message with refund figures never confirms an order again."""
    if is_refund:
        return NotificationKind.REFUND
    if status is TradeStatus.CLOSED:
        return NotificationKind.CLOSED
    return NotificationKind.WAITING if status is TradeStatus.WAITING else NotificationKind.PAYMENT
