"""Tracking as the courier tells it: the answer to a query, and pushes with all their bad habits."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from logistics.gateways.simulator.parcels import Depot


def history(
    depot: Depot, waybill: str, courier: str | None = None, upto: int | None = None
) -> dict[str, Any]:
    """A `lastResult`: the whole history, newest first, in Beijing time without a zone."""
    parcel = depot.parcel(waybill, courier)
    events = depot.store.rows(
        "SELECT * FROM event WHERE waybill = ? AND id <= ? ORDER BY at DESC, id DESC",
        waybill, upto if upto is not None else 2**62,
    )  # fmt: skip
    data = []
    for event in events:
        at = datetime.fromisoformat(event["at"]).strftime("%Y-%m-%d %H:%M:%S")
        data.append(
            {
                "time": at,
                "ftime": at,
                "context": event["text"],
                "status": event["status"],
                "statusCode": event["code"],
                "areaCode": "",
                "areaName": event["place"],
            }
        )
    newest = events[0]["code"] if events else "101"
    return {
        "message": "ok",
        "nu": waybill,
        "ischeck": "1" if newest[0] == "3" else "0",
        "com": depot.contracts[parcel["courier"]]["com"],
        "status": "200",
        "state": newest,
        "returnNu": parcel["return_waybill"] or "",
        "data": data,
    }


def body(result: dict[str, Any], salt: str) -> bytes:
    """A signed push form of this history."""
    param = json.dumps(
        {
            "status": "shutdown" if result["ischeck"] == "1" else "polling",
            "message": "",
            "autoCheck": "0",
            "comOld": "",
            "comNew": "",
            "lastResult": result,
        },
        ensure_ascii=False,
    )
    sign = hashlib.md5((param + salt).encode()).hexdigest().upper()  # noqa: S324  their protocol
    return urlencode({"sign": sign, "param": param}).encode()


def flush(depot: Depot, salts: dict[str, str], fault: Any) -> dict[str, int]:
    """Send what waits, in order; a push that is not answered with success waits for the next flush.

    `fault(kind)` is asked per push: push_lose drops it, push_duplicate sends it twice, push_forge
    sends a delivered state under a wrong sign before it, push_reorder turns the whole batch round.
    """
    pattern = depot.store.get("notify")
    counts = {"sent": 0, "answered": 0, "lost": 0, "forged": 0}
    if not pattern:
        return counts
    waiting = depot.store.rows("SELECT * FROM push ORDER BY id")
    if fault("push_reorder"):
        waiting.reverse()
    for push in waiting:
        courier = depot.parcel(push["waybill"])["courier"]
        url = pattern.replace("{courier}", courier)
        result = history(depot, push["waybill"], upto=push["event"])
        if fault("push_lose"):
            counts["lost"] += 1
            depot.store.run("DELETE FROM push WHERE id = ?", push["id"])
            continue
        if fault("push_forge"):
            forged = {**result, "data": [{**result["data"][0], "statusCode": "301", "status": "签收"}]}
            _post(url, body(forged, "not the salt"))
            counts["forged"] += 1
        answered = False
        for _ in range(2 if fault("push_duplicate") else 1):
            answered = _post(url, body(result, salts[courier]))
            counts["sent"] += 1
        if answered:
            counts["answered"] += 1
            depot.store.run("DELETE FROM push WHERE id = ?", push["id"])
    return counts


def collect(depot: Depot, salts: dict[str, str]) -> dict[str, Any]:
    """The waiting pushes as they would be sent, the newest of each waybill, for a shop that fetches them."""
    waiting = depot.store.rows(
        "SELECT max(push.id) AS id, waybill, parcel.courier FROM push JOIN parcel USING (waybill)"
        " GROUP BY waybill ORDER BY 1"
    )
    found = []
    for row in waiting:
        form = body(history(depot, row["waybill"]), salts[row["courier"]])
        found.append({"courier": row["courier"], "body": form.decode()})
    return {"pushes": found, "upto": max((row["id"] for row in waiting), default=0)}


def drop(depot: Depot, upto: int) -> int:
    """Forget the pushes that have been collected; how many still wait."""
    depot.store.run("DELETE FROM push WHERE id <= ?", upto)
    return int(depot.store.rows("SELECT count(*) AS n FROM push")[0]["n"])


def _post(url: str, form: bytes) -> bool:
    request = urllib.request.Request(url, form, {"Content-Type": "application/x-www-form-urlencoded"})  # noqa: S310  configured
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bool(json.loads(answer.read()).get("result"))
    except (urllib.error.URLError, OSError, ValueError, AttributeError):
        return False
