"""The page on which the payer decides: plain HTML in Chinese and English, fit for a phone, no scripts."""

import sqlite3
from html import escape

from finance.gateways.simulator.store import yuan

_STYLE = """
body{margin:0;font:17px/1.5 system-ui,sans-serif;background:#eef2f6;color:#17212b}
main{max-width:26rem;margin:0 auto;padding:1.2rem}
section{background:#fff;border-radius:.8rem;padding:1.2rem;margin:.8rem 0}
.sum{font-size:2.4rem;font-weight:650;margin:.2rem 0}
.small{color:#5b6875;font-size:.9rem;overflow-wrap:anywhere}
button,a.button{display:block;width:100%;box-sizing:border-box;min-height:3rem;margin:.6rem 0;padding:.6rem;
border:1px solid #8795a3;border-radius:.6rem;background:#fff;color:inherit;font:inherit;text-align:center;
text-decoration:none}
button.pay{background:#0b5fc4;border-color:#0b5fc4;color:#fff;font-weight:650}
.note{border-left:.3rem solid #c4480b;padding-left:.7rem}
"""

FAILED = "付款未成功：余额不足。可以重试。 · The payment failed: not enough money. You can try again."
LEFT = "尚未付款。稍后可以回到本页继续。 · Nothing was paid. You can come back to this page later."


def cashier(trade: sqlite3.Row, note: str = "") -> str:
    """The trade with its three buttons while it waits, else what became of it."""
    if trade["status"] != "WAIT_BUYER_PAY":
        closed = trade["status"] == "TRADE_CLOSED"
        return message(
            "交易已关闭 · This trade is closed" if closed else "已付款 · Paid", trade["return_url"]
        )
    buttons = "".join(
        f'<button name="act" value="{act}"{css}>{text}</button>'
        for act, css, text in (
            ("pay", ' class="pay"', "确认付款 · Pay"),
            ("later", "", "以后再付 · Pay later"),
            ("fail", "", "付款失败 · Let it fail"),
        )
    )
    return _page(
        (f'<p class="note" role="status">{escape(note)}</p>' if note else "")
        + f'<section><p>{escape(trade["subject"])}</p><p class="sum">¥ {yuan(trade["total"])}</p>'
        f'<p class="small">商户订单号 · Order {escape(trade["out_trade_no"])}<br>'
        f"付款人 · Payer {escape(trade['buyer_logon_id'])}</p></section>"
        f'<form method="post" action="/cashier/{escape(trade["cashier_token"])}">{buttons}</form>'
        + _way_back(trade["return_url"])
    )


def refusal(code: str, text: str) -> str:
    return message(f"不能付款：{text} · This payment is not possible. ({code})")


def message(text: str, return_url: str = "") -> str:
    return _page(f'<section><p role="status">{escape(text)}</p></section>{_way_back(return_url)}')


def _way_back(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return ""
    return f'<a class="button" href="{escape(url)}">返回商户 · Back to the shop</a>'


def _page(content: str) -> str:
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>模拟收银台 · Simulated cashier</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>模拟收银台 <small>Simulated cashier</small></h1>{content}"
        '<p class="small">这里没有真实资金。 · No real money moves here.</p></main></body></html>'
    )
