"""The provider's open API: a signed form in, a signed JSON answer out, in the provider's own shapes."""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from finance.gateways.base import parsed_amount
from finance.gateways.rsa2 import sign
from finance.gateways.simulator import bills, books
from finance.gateways.simulator.account import Account
from finance.gateways.simulator.store import Store, from_stamp, now, stamp, yuan

PAGE_METHODS = ("alipay.trade.page.pay", "alipay.trade.wap.pay")
LINK_SECONDS = 30
BILL_MONTHS = 30
Content = Mapping[str, Any]


def fen(text: object) -> int:
    """A positive amount in yuan with at most two places as fen; refused otherwise."""
    try:
        amount = int(parsed_amount(str(text)) * 100)
    except ValueError:
        amount = 0
    if amount <= 0:
        raise books.Refusal("ACQ.INVALID_PARAMETER", "参数无效")
    return amount


class OpenApi:
    """What the merchant's programs can call."""

    def __init__(self, store: Store, account: Account) -> None:
        self._store = store
        self._account = account
        self._methods: dict[str, Callable[[sqlite3.Connection, Content], dict[str, Any]]] = {
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill_link,
        }

    def refusal_of(self, fields: Mapping[str, str]) -> books.Refusal | None:
        """Why this request is not the merchant's, None if it is."""
        if fields.get("app_id") != self._account.identity.app_id:
            return books.Refusal("isv.invalid-app-id", "无效的AppID参数")
        if not self._account.made_by_merchant(dict(fields)):
            return books.Refusal("isv.invalid-signature", "验签出错")
        return None

    def perform(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Do what a request asks for, once, and give the answer's object; committed when it returns."""
        refusal = self.refusal_of(fields)
        if refusal is not None:
            return _error("40002", "Invalid Arguments", refusal)
        method = self._methods.get(fields.get("method", ""))
        if method is None:
            return _error("40002", "Invalid Arguments", books.Refusal("isv.invalid-method", "不存在的方法名"))
        try:
            content = json.loads(fields.get("biz_content", ""))
            self.close_overdue()
            with self._store.transaction() as db:
                answer = {"code": "10000", "msg": "Success"} | method(db, content)
                code = "10000"
        except books.Refusal as business:
            answer, code = _error("40004", "Business Failed", business), business.code
        except (ValueError, AttributeError):
            return _error("40002", "Invalid Arguments", books.Refusal("isv.invalid-parameter", "参数无效"))
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO call (method, out_trade_no, code, called_at) VALUES (?, ?, ?, ?)",
                [fields["method"], str(content.get("out_trade_no", "")), code, stamp(now(db))],
            )
        return answer

    def close_overdue(self) -> None:
        """Close the unpaid trades whose time is up, whatever is asked next."""
        with self._store.transaction() as db:
            books.close_overdue(db, now(db))

    def written(self, method: str, answer: Mapping[str, Any]) -> bytes:
        """The answer as it goes over the line: slashes escaped, signature over exactly the inner bytes."""
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        node = method.replace(".", "_") + "_response"
        signature = sign(text.encode(), self._account.signing_key())
        return f'{{"{node}":{text},"sign":"{signature}"}}'.encode()

    def order_of(self, fields: Mapping[str, str]) -> books.Order:
        """The order in a signed pay page request; Refusal when it is not acceptable."""
        refusal = self.refusal_of(fields)
        if refusal is not None or fields.get("method") not in PAGE_METHODS:
            raise refusal or books.Refusal("isv.invalid-method", "不存在的方法名")
        try:
            content = json.loads(fields.get("biz_content", ""))
            expires = content.get("time_expire")
            return books.Order(
                out_trade_no=content["out_trade_no"],
                total=fen(content["total_amount"]),
                subject=content["subject"],
                body=content.get("body", ""),
                notify_url=fields.get("notify_url", ""),
                return_url=fields.get("return_url", ""),
                passback_params=content.get("passback_params", ""),
                expires_at=from_stamp(expires) if expires else None,
            )
        except (ValueError, KeyError, AttributeError) as failure:
            raise books.Refusal("ACQ.INVALID_PARAMETER", "参数无效") from failure

    def return_address(self, trade: sqlite3.Row, at: datetime) -> str:
        """Where the payer's browser goes after paying; proves no payment to anybody (F15)."""
        identity = self._account.identity
        fields = self._account.sign_fields(
            {
                "method": "alipay.trade.page.pay.return",
                "app_id": identity.app_id,
                "seller_id": identity.seller_id,
                "charset": "utf-8",
                "version": "1.0",
                "timestamp": stamp(at),
                "out_trade_no": trade["out_trade_no"],
                "trade_no": trade["trade_no"],
                "total_amount": yuan(trade["total"]),
            }
        )
        joint = "&" if "?" in trade["return_url"] else "?"
        return f"{trade['return_url']}{joint}{urlencode(fields)}"

    def bill(self, fields: Mapping[str, str]) -> bytes | None:
        """The archive behind a download link, None when the link is wrong or too old."""
        told = {name: value for name, value in fields.items() if name != "token"}
        if not hmac.compare_digest(self._token(told), fields.get("token", "")):
            return None
        with self._store.transaction() as db:
            at = now(db)
            if not 0 <= at.timestamp() - float(told["timestamp"]) <= LINK_SECONDS:
                return None
            kind = "trade" if told["bizType"] == "trade" else "fund"
            return bills.archive(db, kind, bills.Period.parse(told["bizDates"]), at)

    def _query(self, db: sqlite3.Connection, content: Content) -> dict[str, Any]:
        trade = books.trade_of(db, content.get("out_trade_no", ""))
        paid = {
            "send_pay_date": trade["paid_at"],
            "receipt_amount": yuan(trade["total"]),
            "buyer_pay_amount": yuan(trade["total"]),
            "invoice_amount": yuan(trade["total"]),
            "point_amount": "0.00",
        }
        return {
            **_names(trade),
            "buyer_user_id": trade["buyer_id"],
            "trade_status": trade["status"],
            "total_amount": yuan(trade["total"]),
            **(paid if trade["paid_at"] else {}),
        }

    def _close(self, db: sqlite3.Connection, content: Content) -> dict[str, Any]:
        trade = books.close(db, content.get("out_trade_no", ""), now(db))
        return {"trade_no": trade["trade_no"], "out_trade_no": trade["out_trade_no"]}

    def _refund(self, db: sqlite3.Connection, content: Content) -> dict[str, Any]:
        amount = fen(content.get("refund_amount"))
        trade = books.trade_of(db, content.get("out_trade_no", ""))
        request_no = content.get("out_request_no")
        if not request_no and amount != trade["total"]:
            raise books.Refusal("ACQ.INVALID_PARAMETER", "部分退款必须传入退款请求号")
        trade, refund, moved = books.refund(
            db,
            trade["out_trade_no"],
            request_no or trade["out_trade_no"],
            amount,
            content.get("refund_reason", ""),
            now(db),
        )
        return {
            **_names(trade),
            "buyer_user_id": trade["buyer_id"],
            "fund_change": "Y" if moved else "N",
            "refund_fee": yuan(trade["refunded"]),
            "send_back_fee": yuan(refund["amount"]) if moved else "0.00",
            "gmt_refund_pay": refund["refunded_at"],
        }

    def _refund_query(self, db: sqlite3.Connection, content: Content) -> dict[str, Any]:
        trade = books.trade_of(db, content.get("out_trade_no", ""))
        refund = books.refund_of(db, trade, content.get("out_request_no", ""))
        if refund is None:
            return {}
        return {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "out_request_no": refund["out_request_no"],
            "total_amount": yuan(trade["total"]),
            "refund_amount": yuan(refund["amount"]),
            "refund_status": "REFUND_SUCCESS",
            "refund_reason": refund["reason"],
            "gmt_refund_pay": refund["refunded_at"],
        }

    def _bill_link(self, db: sqlite3.Connection, content: Content) -> dict[str, Any]:
        at = now(db)
        kind = {"trade": "trade", "signcustomer": "fund"}.get(content.get("bill_type", ""))
        text = str(content.get("bill_date", ""))
        period = bills.Period.parse(text)
        if kind is None or period.end > at.date() or (at.date() - period.start).days > BILL_MONTHS * 31:
            raise books.Refusal("isp.bill_date_invalid", "参数不合法")
        account = f"{self._account.identity.seller_id}0156"
        fields = {
            "bizType": "trade" if kind == "trade" else "fnd",
            "userId": account,
            "fileType": "csv.zip",
            "bizDates": text,
            "downloadFileName": bills.file_name(account, kind, period),
            "timestamp": str(int(at.timestamp())),
        }
        query = urlencode(fields | {"token": self._token(fields)})
        return {"bill_download_url": f"{self._account.public_url}/bill/download?{query}"}

    def _token(self, fields: Mapping[str, str]) -> str:
        text = urlencode(sorted(fields.items()))
        return hmac.new(self._account.control_token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _names(trade: sqlite3.Row) -> dict[str, str]:
    return {name: trade[name] for name in ("trade_no", "out_trade_no", "buyer_logon_id")}


def _error(code: str, text: str, refusal: books.Refusal) -> dict[str, Any]:
    return {"code": code, "msg": text, "sub_code": refusal.code, "sub_msg": refusal.text}
