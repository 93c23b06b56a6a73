"""What a notification must prove before it is believed (F25), and what is read from one (FORMATS 2.6)."""

from datetime import datetime
from decimal import Decimal
from urllib.parse import quote_plus, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from finance.gateways.alipay import AlipayGateway, AlipaySettings
from finance.gateways.base import (
    BEIJING,
    BadNotification,
    ForgedNotification,
    NotificationKind,
    TradeStatus,
    UnreadableNotification,
)
from finance.gateways.rsa2 import private_pem, public_pem, sign, text_to_sign
from finance.gateways.simulator.forgeries import FORGERIES, FORM, signed

OURS = rsa.generate_private_key(65537, 2048)
THEIRS = rsa.generate_private_key(65537, 2048)
NEXT = rsa.generate_private_key(65537, 2048)
PAID = {
    "notify_time": "2026-09-16 10:55:24",
    "notify_type": "trade_status_sync",
    "notify_id": "2026091600222105523015460502000000",
    "app_id": "9021000000000001",
    "charset": "utf-8",
    "version": "1.0",
    "trade_no": "2026091622001458860515315453",
    "out_trade_no": "P000001",
    "buyer_logon_id": "*明(138****2046)",
    "seller_id": "2088000000000001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "128.00",
    "refund_fee": "0.00",
    "subject": "桌上加湿器 & 白+黑 100%",
    "gmt_create": "2026-09-16 10:55:16",
    "gmt_payment": "2026-09-16 10:55:23",
    "a_field_of_next_year": "",
}


def a_gateway(**keys: rsa.RSAPrivateKey) -> AlipayGateway:
    settings = AlipaySettings(
        gateway_url="http://127.0.0.1:9/gateway.do",
        app_id="9021000000000001",
        seller_id="2088000000000001",
        merchant_private_key=private_pem(OURS),
        provider_public_keys={
            name: public_pem(key.public_key()) for name, key in (keys or {"k1": THEIRS}).items()
        },
        notify_url="http://shop.test/notify",
        return_url="http://shop.test/back",
    )
    return AlipayGateway(settings, now=lambda: datetime.now(BEIJING), inside_transaction=lambda: False)


def parse(fields: dict[str, str], **keys: rsa.RSAPrivateKey):
    return a_gateway(**keys).parse_notification("POST", FORM, urlencode(fields).encode())


def test_a_true_payment_is_read_whole():
    found = parse(signed(PAID, THEIRS))

    assert (found.event_id, found.kind, found.status) == (
        "2026091600222105523015460502000000",
        NotificationKind.PAYMENT,
        TradeStatus.PAID,
    )
    assert (found.merchant_ref, found.provider_ref) == ("P000001", "2026091622001458860515315453")
    assert (found.amount, found.currency, found.payee) == (Decimal("128.00"), "CNY", "2088000000000001")
    assert found.paid_at == datetime(2026, 9, 16, 10, 55, 23, tzinfo=BEIJING)
    assert found.key_id == "k1"
    assert found.fields["subject"] == "桌上加湿器 & 白+黑 100%"
    assert "sign" not in found.fields


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forgery_is_refused(kind):
    forged = FORGERIES[kind](PAID, THEIRS)

    with pytest.raises(ForgedNotification) as refusal:
        a_gateway().parse_notification(forged.method, forged.headers, forged.body)

    assert PAID["out_trade_no"] not in str(refusal.value)


def test_there_are_more_forgeries_than_anybody_asked_for():
    assert len(FORGERIES) >= 14


def test_a_refund_notice_is_no_payment():
    part = PAID | {"refund_fee": "28.00", "gmt_refund": "2026-09-16 10:56:48.123", "out_biz_no": "RF1"}
    whole = part | {"trade_status": "TRADE_CLOSED", "refund_fee": "128.00", "out_biz_no": "RF2"}

    first, second = parse(signed(part, THEIRS)), parse(signed(whole, THEIRS))

    assert (first.kind, first.status, first.refund_ref) == (NotificationKind.REFUND, TradeStatus.PAID, "RF1")
    assert first.refunded_total == Decimal("28.00")
    assert first.refunded_at == datetime(2026, 9, 16, 10, 56, 48, tzinfo=BEIJING)
    assert (second.kind, second.status) == (NotificationKind.REFUND, TradeStatus.CLOSED)
    assert second.refunded_total == Decimal("128.00")


def test_an_unpaid_closing_is_told_apart_from_a_refund():
    unpaid = {k: v for k, v in PAID.items() if k not in ("gmt_payment", "refund_fee")}

    found = parse(signed(unpaid | {"trade_status": "TRADE_CLOSED"}, THEIRS))

    assert (found.kind, found.paid_at) == (NotificationKind.CLOSED, None)


def test_a_well_signed_message_with_another_seller_or_amount_is_left_to_finance():
    """F26: it is proven, so it is parked and answered, not refused as a forgery."""
    found = parse(signed(PAID | {"seller_id": "2088999999999999", "total_amount": "127.99"}, THEIRS))

    assert (found.payee, found.amount) == ("2088999999999999", Decimal("127.99"))


@pytest.mark.parametrize("key", [THEIRS, NEXT])
def test_both_keys_are_accepted_during_a_change(key):
    found = parse(signed(PAID, key), k1=THEIRS, k2=NEXT)

    assert found.key_id == ("k1" if key is THEIRS else "k2")


def test_the_charset_that_the_form_names_is_honoured():
    fields = PAID | {"charset": "GBK"}
    raw = {key: value.encode("gbk") for key, value in fields.items()}
    signature = sign(text_to_sign(raw, without=()), THEIRS)
    body = "&".join(f"{key}={quote_plus(value)}" for key, value in raw.items())
    body += f"&sign_type=RSA2&sign={quote_plus(signature)}"

    found = a_gateway().parse_notification("POST", FORM, body.encode())

    assert found.fields["subject"] == PAID["subject"]


@pytest.mark.parametrize(
    "change",
    [
        {"total_amount": "-128.00"},
        {"total_amount": "1e3"},
        {"total_amount": "128.001"},
        {"total_amount": "NaN"},
        {"total_amount": ""},
        {"trade_status": "TRADE_MAYBE"},
        {"notify_id": ""},
        {"gmt_payment": "yesterday"},
        {"charset": "utf-7"},
    ],
)
def test_a_proven_message_that_cannot_be_read_is_not_guessed(change):
    with pytest.raises(UnreadableNotification):
        parse(signed(PAID | change, THEIRS))


def test_a_missing_charset_or_trade_number_is_not_guessed():
    for name in ("charset", "trade_no", "total_amount"):
        fields = {key: value for key, value in PAID.items() if key != name}
        with pytest.raises(UnreadableNotification):
            parse(signed(fields, THEIRS))


def test_headers_are_read_in_any_case_and_a_foreign_content_type_is_refused():
    body = urlencode(signed(PAID, THEIRS)).encode()
    gateway = a_gateway()

    assert gateway.parse_notification("POST", {"content-type": FORM["Content-Type"]}, body)
    for headers in ({}, {"Content-Type": "multipart/form-data; boundary=x"}):
        with pytest.raises(BadNotification):
            gateway.parse_notification("POST", headers, body)


@pytest.mark.parametrize("method", ["GET", "PUT", "post", ""])
def test_a_true_message_by_another_method_is_refused(method):
    body = urlencode(signed(PAID, THEIRS)).encode()

    with pytest.raises(ForgedNotification, match="method"):
        a_gateway().parse_notification(method, FORM, body)


def test_only_the_literal_word_stops_the_repeats():
    assert (a_gateway().answer(True), a_gateway().answer(False)) == (b"success", b"failure")
