"""Small statement files composed for the tests, in the shape in which banks and providers export them."""

import io
import zipfile

ALIPAY_ACCOUNT = "20880000000000010156"
TRADE_HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
BANK_TRADE_HEADER = TRADE_HEADER.replace("退款批次号/请求号", "退款批次号").replace(
    ",备注", ",实收净额（元）,商户识别号,交易方式,花呗分期手续费,备注"
)
FUND_HEADER = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)
WECHAT_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUNDFLOW_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,"
    "备注,业务凭证号"
)


def trade_row(trade="2026050122001", order="S1", word="交易", amount="10.00", **more) -> str:
    """One line of an Alipay trade bill; ids and texts end in a TAB as in real ones."""
    at = more.get("at", "2026-05-01 10:00:00")
    cells = [f"{trade}\t", f"{order}\t", word, f"{more.get('goods', '灯')}\t", at, more.get("done", at)]
    cells += ["\t"] * 4 + [f"{more.get('payer', '*生(138***)')}\t", amount, amount]
    cells += ["0.00"] * 5 + ["", "0.00\t", "0.00", f"{more.get('request', '')}\t"]
    return ",".join([*cells, more.get("fee", "-0.06"), "0.00", more.get("memo", "")])


def alipay_trade(
    rows, *, paid=(0, "0.00"), refunded=(0, "0.00"), header=TRADE_HEADER, account=ALIPAY_ACCOUNT
):
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{account}]",
        "#起始日期：[2026年05月01日 00:00:00]   终止日期：[2026年05月02日 00:00:00]",
        "#-----------------------------业务明细列表----------------------------",
        *([header] if header else []),
        *rows,
        "#----------------------------业务明细列表结束----------------------------",
        f"#交易合计：{paid[0]}笔，商家实收共{paid[1]}元，商家优惠共0.00元",
        f"#退款合计：{refunded[0]}笔，商家实收退款共{refunded[1]}元，商家优惠退款共0.00元",
        "#导出时间：[2026年05月02日 05:46:49]",
    ]
    return "\r\n".join([*lines, ""])


def fund_row(serial, income="0.00", outgo="0.00", balance="0.00", word="在线支付", **more) -> str:
    at = more.get("at", "2026-05-01 10:00:00")
    order, trade = more.get("order", "S1"), more.get("trade", "2026050122001")
    return (
        f"{serial}\t,{trade}\t,{order}\t,灯\t,{at},生 (138***)\t,{income},{outgo},{balance},"
        f"支付宝,{word},{more.get('memo', '')}"
    )


def alipay_fund(rows, *, income=(0, "0.00"), outgo=(0, "0.00"), header=FUND_HEADER):
    lines = [
        "#支付宝账务明细查询",
        f"#账号：[{ALIPAY_ACCOUNT}]",
        "#起始日期：[2026年05月01日 00:00:00]   终止日期：[2026年05月02日 00:00:00]",
        "#-----------------------------账务明细列表----------------------------",
        header,
        *rows,
        "#----------------------------账务明细列表结束----------------------------",
        f"#支出合计：{outgo[0]}笔，共{outgo[1]}元",
        f"#收入合计：{income[0]}笔，共{income[1]}元",
        "#导出时间：[2026年05月02日 05:50:01]",
    ]
    return "\r\n".join([*lines, ""])


def wechat_values(**more) -> dict[str, str]:
    """The fields of one payment line of a WeChat trade bill."""
    values = dict.fromkeys(WECHAT_HEADER.split(","), "")
    values |= {
        "交易时间": "2026-05-01 09:00:00",
        "商户号": "1900000001",
        "特约商户号": "0",
        "微信订单号": "420000000001",
        "商户订单号": "S1",
        "交易类型": "NATIVE",
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": "10.00",
        "代金券金额": "0.00",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": "灯",
        "手续费": "0.06000",
        "费率": "0.60%",
        "订单金额": "10.00",
        "申请退款金额": "0.00",
    }
    return values | more


def wechat_refund(**more) -> dict[str, str]:
    fields = {
        "交易状态": "REFUND",
        "应结订单金额": "0.00",
        "订单金额": "0.00",
        "微信退款单号": "503000000001",
        "商户退款单号": "R1",
        "退款金额": "4.00",
        "申请退款金额": "4.00",
        "退款状态": "PROCESSING",
        "手续费": "-0.02000",
    }
    return wechat_values(**{**fields, **more})


def backticked(values) -> str:
    return "`" + ",`".join(values)


def wechat_trade(rows, *, totals=None, header=WECHAT_HEADER, totals_header=WECHAT_TOTALS):
    names = header.split(",")
    lines = [header, *(backticked(row[name] for name in names) for row in rows)]
    if totals is not None:
        lines += [totals_header, backticked(totals)]
    return "\r\n".join([*lines, ""])


def mt940(*lines, account="12345678", opening="C260430EUR100,00", closing="C260501EUR110,00", number="1/1"):
    body = [":20:REF", f":25:{account}", f":28C:{number}", f":60F:{opening}", *lines]
    return "\n".join([*body, *([f":62F:{closing}"] if closing else []), "-", ""])


def camt_entry(
    amount="10.00", mark="CRDT", *, day="2026-05-01", currency="EUR", status="BOOK", **more
) -> str:
    booked = f"<BookgDt><Dt>{day}</Dt></BookgDt>" if day else ""
    reference = f"<AcctSvcrRef>{more['reference']}</AcctSvcrRef>" if more.get("reference") else ""
    name = more.get("name", "Anna")
    party = f"<Pty><Nm>{name}</Nm></Pty>" if more.get("wrapped") else f"<Nm>{name}</Nm>"
    state = f"<Cd>{status}</Cd>" if more.get("wrapped") else status
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{more.get("extra", "")}'
        f"<Sts>{state}</Sts>{booked}{reference}<NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{more.get('end_to_end', 'NOTPROVIDED')}</EndToEndId></Refs>"
        f"<RltdPties><Dbtr>{party}</Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{more.get('text', 'order S1')}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def camt053(*entries, opening="100.00", closing="110.00", namespace="camt.053.001.02", summary="") -> bytes:
    def balance(code: str, amount: str) -> str:
        kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        return (
            f'<Bal>{kind}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
            f"<Dt><Dt>2026-05-01</Dt></Dt></Bal>"
        )

    xmlns = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{namespace}"' if namespace else ""
    balances = (balance("OPBD", opening) if opening else "") + (balance("CLBD", closing) if closing else "")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document{xmlns}><BkToCstmrStmt><Stmt><Id>ST1</Id>'
        f"<Acct><Id><IBAN>DE00123</IBAN></Id></Acct>{balances}{summary}\n"
        + "\n".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def a_zip(*members: tuple[str, bytes]) -> bytes:
    """An archive whose names are GBK bytes without the UTF-8 flag, as the provider packs them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(_GbkName(name), data)
    return out.getvalue()


class _GbkName(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def a_workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return out.getvalue()
