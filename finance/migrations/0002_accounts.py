"""The chart of accounts and one account of each kind that holds money."""

from django.db import migrations

# code, Chinese, English, kind, party, clears by
ACCOUNTS = [
    ("1002", "银行存款", "Bank", "asset", "bank", ""),
    ("1012.1", "支付平台待结算", "Provider, captured", "asset", "provider", "payment"),
    ("1012.2", "支付平台余额", "Provider, balance", "asset", "provider", ""),
    ("1012.3", "支付平台提现在途", "Provider, payout on its way", "asset", "provider", "batch"),
    ("1122", "应收账款", "Receivables", "asset", "customer", "order"),
    ("1123", "预付账款", "Supplier deposits", "asset", "supplier", "party"),
    ("1221.1", "其他应收款-代收货款", "Courier, cash on delivery", "asset", "courier", "parcel"),
    ("1221.2", "其他应收款-快递理赔", "Courier, claims", "asset", "courier", "parcel"),
    ("1405", "库存商品", "Inventory", "asset", "", ""),
    ("1406", "发出商品", "Goods in transit", "asset", "", "parcel"),
    ("1901", "待处理财产损溢", "Differences to explain", "asset", "", "bill"),
    ("2202.1", "应付账款", "Payables", "liability", "supplier", "bill"),
    ("2202.2", "应付账款-暂估", "Goods received, not billed", "liability", "supplier", "bill"),
    ("2203.1", "预收账款-订单", "Advances per order", "liability", "", "order"),
    ("2203.2", "预收账款-客户预存", "Customer deposits", "liability", "customer", "party"),
    ("2221.1", "应交增值税-销项税额", "VAT on sales", "liability", "", ""),
    ("2221.2", "应交增值税-进项税额", "VAT on purchases", "liability", "", ""),
    ("2241.1", "其他应付款-快递费暂估", "Courier, accrued", "liability", "courier", "parcel"),
    ("2241.2", "其他应付款-快递账单", "Courier, billed", "liability", "courier", "bill"),
    ("2241.3", "其他应付款-待退款", "Refunds owed", "liability", "", "order"),
    ("2241.4", "其他应付款-待认领收款", "Unapplied receipts", "liability", "", "payment"),
    ("4001", "实收资本-期初", "Opening equity", "equity", "", ""),
    ("6001.1", "主营业务收入", "Sales", "income", "", ""),
    ("6001.2", "销售退回", "Sales returns", "income", "", ""),
    ("6051", "其他业务收入", "Other operating income", "income", "", ""),
    ("6301", "营业外收入", "Non-operating income", "income", "", ""),
    ("6401", "主营业务成本", "Cost of sales", "expense", "", ""),
    ("6601.1", "销售费用-运费", "Freight", "expense", "", ""),
    ("6601.2", "销售费用-代收手续费", "Cash-on-delivery fees", "expense", "", ""),
    ("6602", "管理费用", "Administration", "expense", "", ""),
    ("6603", "财务费用-支付手续费", "Payment fees", "expense", "", ""),
    ("6711", "营业外支出", "Losses", "expense", "", ""),
]
PLACES = [("bank", "bank", "Bank account"), ("alipay", "provider", "Alipay"), ("till", "till", "Till")]


def add_accounts(apps, schema_editor):
    fields = ("code", "name_zh", "name_en", "kind", "party_kind", "clears_by")
    account = apps.get_model("finance", "Account")
    account.objects.bulk_create(account(**dict(zip(fields, row, strict=True))) for row in ACCOUNTS)
    entity = apps.get_model("core", "LegalEntity").objects.get(is_default=True)
    place = apps.get_model("finance", "MoneyAccount")
    place.objects.bulk_create(
        place(code=code, kind=kind, name=name, currency=entity.currency, entity=entity, is_default=True)
        for code, kind, name in PLACES
    )


def remove_accounts(apps, schema_editor):
    apps.get_model("finance", "MoneyAccount").objects.filter(code__in=[row[0] for row in PLACES]).delete()
    apps.get_model("finance", "Account").objects.filter(code__in=[row[0] for row in ACCOUNTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_ledger"), ("core", "0003_numbers_and_default_entity")]

    operations = [migrations.RunPython(add_accounts, remove_accounts)]
