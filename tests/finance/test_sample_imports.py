"""The two import commands on every published sample: stated figures, a clear exit code, nothing twice.

The samples are not part of the repository, see test_sample_statements.
"""

import json
from decimal import Decimal as D

import pytest
from django.core.management import call_command

from core.entities import default_entity
from finance.models import MoneyAccount, StatementLine
from tests.finance.test_sample_statements import EXPECTED, SAMPLES, _is_refused

CHINESE = ("ccb/", "cmb/", "icbc/", "boc/debit/", "boc/credit/", "wechat/", "alipay/")
BANKS = (
    *(f"cn_consumer_and_bank_bills/{bank}" for bank in CHINESE),
    "camt_samples/camt053",
    "camt_samples/camt53",
    "mt940_samples/",
)
BILLS = [path for path in EXPECTED if path.startswith("merchant_bills/")]
STATEMENTS = [path for path in EXPECTED if path.startswith(BANKS)]
READABLE = [path for path in STATEMENTS if not _is_refused(path)]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not EXPECTED, reason=f"no sample statements at {SAMPLES}"),
]


def run(capsys, command: str, *args: str) -> tuple[int, dict]:
    code = 0
    try:
        call_command(command, *args, "--json")
    except SystemExit as end:
        code = end.code
    return code, json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def an_account(kind: str, currency: str) -> str:
    MoneyAccount.objects.create(
        code="sample", kind=kind, name="Sample", currency=currency, entity=default_entity()
    )
    return "sample"


def figures_of(path: str) -> tuple[str, dict]:
    """The account's currency and what the file must come to in it."""
    wanted = EXPECTED[path]
    by_currency = wanted.get("by_currency")
    if not by_currency:
        return wanted["currency"] or "CNY", wanted
    currency = sorted(by_currency)[0]
    return currency, {**by_currency[currency], "rows": wanted["rows"]}


@pytest.mark.parametrize("path", BILLS + READABLE)
def test_a_sample_is_imported_with_its_figures_and_the_same_file_adds_nothing(path, capsys):
    currency, wanted = figures_of(path)
    if path in BILLS:
        args = ["import_bill", an_account("provider", currency), str(SAMPLES / path)]
    else:
        args = ["import_bank_statement", str(SAMPLES / path), "--account", an_account("bank", currency)]

    code, dry = run(capsys, *args, "--dry-run")
    assert StatementLine.objects.count() == 0
    code, figures = run(capsys, *args)
    assert code in (0, 3)
    assert figures["rows"] == dry["rows"] == wanted["rows"]
    if wanted.get("credit_sum") is not None:
        assert (D(figures["credits"]), D(figures["debits"])) == (
            D(wanted["credit_sum"]),
            D(wanted["debit_sum"]),
        )
    stored = StatementLine.objects.count()
    assert stored >= wanted["rows"]

    again, known = run(capsys, *args)
    assert (again, known["already"], known["rows"]) == (code, True, figures["rows"])
    assert StatementLine.objects.count() == stored


@pytest.mark.parametrize("path", [path for path in STATEMENTS if _is_refused(path)])
def test_a_sample_that_is_no_statement_is_refused_and_stores_no_row(path, capsys):
    args = ["import_bank_statement", str(SAMPLES / path), "--account", an_account("bank", "EUR")]
    code, figures = run(capsys, *args)
    assert (code, figures["state"], StatementLine.objects.count()) == (1, "refused", 0)
    assert figures["refusal"]
