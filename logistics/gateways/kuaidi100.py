"""Kuaidi100 tracking: signatures and the one shape of its queries and pushes (FORMATS 8.7)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

from logistics.gateways.base import ForgedPush, Tracked
from logistics.rules import tracking
from logistics.rules.waybills import normalise

BEIJING = timezone(timedelta(hours=8))
ACCEPTED = {"result": True, "returnCode": "200", "message": "成功"}


def query_sign(param: str, key: str, customer: str) -> str:
    """The sign of a query: upper-case MD5 of param, key and customer."""
    return hashlib.md5((param + key + customer).encode()).hexdigest().upper()  # noqa: S324  their protocol


def push_sign(param: str, salt: str) -> str:
    """The sign of a push: MD5 of param and our salt."""
    return hashlib.md5((param + salt).encode()).hexdigest().upper()  # noqa: S324  their protocol


def parse_push(raw: bytes, salt: str) -> Tracked:
    """The history in a pushed form. Raises ForgedPush for a wrong sign or a body that is none."""
    try:
        form = parse_qs(raw.decode(), strict_parsing=True)
        param, sign = form["param"][0], form["sign"][0]
    except (UnicodeDecodeError, ValueError, KeyError) as error:
        raise ForgedPush("the body is no signed form") from error
    if not hmac.compare_digest(push_sign(param, salt).encode(), sign.upper().encode()):
        raise ForgedPush("the signature is not the courier's")
    try:
        message = json.loads(param)
        track = read_result(message["lastResult"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForgedPush("signed, but not a tracking push") from error
    if message.get("status") != "abort":
        return track
    return Tracked(track.waybill, track.events, abort=message.get("message") or "abort")


def read_result(result: dict[str, Any]) -> Tracked:
    """The events of a `lastResult` or of a query's answer. Codes that we don't know are reported."""
    events, unread = [], []
    for entry in result.get("data") or ():
        code = str(entry.get("statusCode") or "")
        state = tracking.from_kuaidi100(code)
        if state is None:
            unread.append(code or entry.get("status") or "")
            continue
        at = datetime.fromisoformat(entry.get("ftime") or entry["time"]).replace(tzinfo=BEIJING)
        events.append(
            tracking.Event(at, state, code, entry.get("context") or "", entry.get("areaName") or "")
        )
    return Tracked(
        normalise(result["nu"]),
        tuple(events),
        return_waybill=normalise(result.get("returnNu") or ""),
        unread_codes=tuple(unread),
    )
