"""Messages that look like a notice and prove nothing: what every reader of notices must refuse (F25).

Each takes the fields of a true notice, unsigned, and the provider's key, and returns what goes over the line.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from finance.gateways.rsa2 import sign, text_to_sign
from finance.gateways.simulator.store import from_stamp, stamp

Fields = dict[str, str]
Key = rsa.RSAPrivateKey
FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request to the shop's notification address; with GET the body is the query string."""

    method: str
    headers: dict[str, str]
    body: bytes


def signed(fields: Fields, key: Key) -> Fields:
    """The fields as the provider sends them."""
    text = text_to_sign({name: value.encode() for name, value in fields.items()}, without=())
    return fields | {"sign_type": "RSA2", "sign": sign(text, key)}


def form(fields: Fields) -> Message:
    """The fields as a form POST."""
    return Message("POST", FORM, urlencode(fields).encode())


def _without(name: str) -> Callable[[Fields, Key], Message]:
    def forge(fields: Fields, key: Key) -> Message:
        return form({k: v for k, v in signed(fields, key).items() if k != name})

    return forge


def _changed(**changes: str) -> Callable[[Fields, Key], Message]:
    """Signed first, changed afterwards."""
    return lambda fields, key: form(signed(fields, key) | changes)


def _shifted(minutes: int) -> Callable[[Fields, Key], Message]:
    def forge(fields: Fields, key: Key) -> Message:
        at = from_stamp(fields["notify_time"]) + timedelta(minutes=minutes)
        return form(signed(fields, key) | {"notify_time": stamp(at)})

    return forge


@cache
def _foreign_key(owner: str) -> Key:
    """A key of somebody else, one per owner and process."""
    return rsa.generate_private_key(65537, 2048)


def _by(owner: str) -> Callable[[Fields, Key], Message]:
    return lambda fields, key: form(signed(fields, _foreign_key(owner)))


def _sha1(sign_type: str) -> Callable[[Fields, Key], Message]:
    """The provider's own key, but the old and weak algorithm; `sign_type` admits it or lies."""

    def forge(fields: Fields, key: Key) -> Message:
        text = text_to_sign({name: value.encode() for name, value in fields.items()}, without=())
        weak = key.sign(text, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the forgery itself
        return form(fields | {"sign_type": sign_type, "sign": base64.b64encode(weak).decode()})

    return forge


def _other_application(fields: Fields, key: Key) -> Message:
    """Well signed, for another application."""
    return form(signed(fields | {"app_id": "2021000000000001"}, key))


def _twice(fields: Fields, key: Key) -> Message:
    true = form(signed(fields, key))
    return Message("POST", FORM, true.body + b"&total_amount=0.01")


def _twice_in_front(fields: Fields, key: Key) -> Message:
    true = form(signed(fields, key))
    return Message("POST", FORM, b"trade_status=TRADE_SUCCESS&" + true.body)


def _large(fields: Fields, key: Key) -> Message:
    return form(signed(fields | {"body": "x" * 1024 * 1024}, key))


def _get(fields: Fields, key: Key) -> Message:
    return Message("GET", {}, form(signed(fields, key)).body)


def _json(fields: Fields, key: Key) -> Message:
    true = signed(fields, key)
    text = json.dumps(true)[:-1] + ', "total_amount": "0.01"}'
    return Message("POST", {"Content-Type": "application/json"}, text.encode())


def _xml(fields: Fields, key: Key) -> Message:
    rows = "".join(f"<{name}>{value}</{name}>" for name, value in signed(fields, key).items())
    text = f'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml>{rows}<body>&x;</body></xml>'
    return Message("POST", {"Content-Type": "text/xml"}, text.encode())


def _xml_as_form(fields: Fields, key: Key) -> Message:
    return Message("POST", FORM, _xml(fields, key).body)


def _decoded_twice(fields: Fields, key: Key) -> Message:
    """A value that only becomes the signed one when it is URL-decoded a second time."""
    true = signed(fields, key)
    return form(true | {"subject": "".join(f"%{byte:02X}" for byte in true["subject"].encode())})


def _empty(fields: Fields, key: Key) -> Message:
    return Message("POST", FORM, b"")


FORGERIES: dict[str, Callable[[Fields, Key], Message]] = {
    "no_sign": _without("sign"),
    "no_sign_type": _without("sign_type"),
    "empty_sign": _changed(sign=""),
    "sign_not_base64": _changed(sign="success"),
    "sign_cut_short": _changed(sign="AAAA"),
    "wrong_key": _by("a stranger"),
    "sandbox_key": _by("the sandbox"),
    "other_algorithm": _sha1("RSA"),
    "other_algorithm_denied": _sha1("RSA2"),
    "amount_changed": _changed(total_amount="0.01"),
    "order_changed": _changed(out_trade_no="P-SOMEBODY-ELSE"),
    "other_merchant": _changed(seller_id="2088999999999999"),
    "other_application": _other_application,
    "repeated_event": _changed(trade_no="2026010122001400000000000001"),
    "six_minutes_back": _shifted(-6),
    "six_minutes_ahead": _shifted(6),
    "extra_field": _changed(discount="9.99"),
    "field_removed": _without("gmt_create"),
    "field_twice": _twice,
    "field_twice_in_front": _twice_in_front,
    "one_megabyte": _large,
    "get": _get,
    "json": _json,
    "xml_with_dtd": _xml,
    "xml_as_form": _xml_as_form,
    "decoded_twice": _decoded_twice,
    "empty_body": _empty,
}
