"""Every published sample statement ends in the stated figures or in a clear reason.

The samples are not part of the repository: they lie in `shared/data` beside the checkout or where
`SHOPSITE_SAMPLES` points. `expected.json` there was computed by independent readers.
"""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from finance.statements import FileOutcome, StatementRefused, read_statement

SAMPLES = Path(
    os.environ.get("SHOPSITE_SAMPLES") or Path(__file__).resolve().parents[2].parent / "shared" / "data"
)
FOLDERS = (
    "merchant_bills/",
    "camt_samples/",
    "mt940_samples/",
    "ofx_samples/",
    "bank_statement_misc/",
    "cn_consumer_and_bank_bills/",
)
EXPECTED = {}
if (SAMPLES / "expected.json").exists():
    everything = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    EXPECTED = {path: wanted for path, wanted in everything.items() if path.startswith(FOLDERS)}

pytestmark = pytest.mark.skipif(not EXPECTED, reason=f"no sample statements at {SAMPLES}")

# Files that are refused, and why that is right.
REFUSED = {
    "bank_statement_misc/camt_file.csv": "unknown_layout",
    "bank_statement_misc/eval/same_day_duplicates.json": "not_a_statement",
    "bank_statement_misc/invalid.xml": "not_a_statement",
    "mt940_samples/self-provided/invalid_statement.sta": "unknown_layout",
    "ofx_samples/account_listing_aggregation.ofx": "not_a_statement",
    "ofx_samples/error_message.ofx": "bank_error",
    "ofx_samples/signon_fail.ofx": "bank_error",
    "ofx_samples/signon_success.ofx": "not_a_statement",
}
# Rows that wait for a person, by reason; everything else of these files is compared all the same.
REVIEWED = {
    "bank_statement_misc/golden/csv_garbled_amount.csv": ["bad_amount"],
    "camt_samples/camt054.v8-with-UETR.xml": ["missing_value"],
    "ofx_samples/fail_nice/date_missing.ofx": ["missing_value", "missing_value", "bad_date"],
    "ofx_samples/fidelity-savings.ofx": ["too_precise"] * 3,
}
# Files whose own figures do not fit their rows.
OPEN = {
    "bank_statement_misc/sample_split_amounts.csv": False,
    "cn_consumer_and_bank_bills/alipay/example-alipay-records.csv": True,
    "cn_consumer_and_bank_bills/icbc/debit-v2/example-icbc-debit-v2-records.csv": True,
    "cn_consumer_and_bank_bills/mt/example-mt-records.csv": True,
    "cn_consumer_and_bank_bills/wechat/example-wechat-records.xlsx": True,
    "camt_samples/camt53.only-Dt-with-DtTm.xml": True,
    "mt940_samples/self-provided/gv_codes.sta": True,
    "mt940_samples/self-provided/mt942.sta": True,
}


def _read(path):
    return read_statement((SAMPLES / path).read_bytes(), filename=Path(path).name)


def _is_refused(path):
    return path in REFUSED or bool(EXPECTED[path].get("fragment"))


@pytest.mark.parametrize("path", [path for path in EXPECTED if _is_refused(path)])
def test_sample_that_is_no_statement_is_refused_with_a_reason(path):
    with pytest.raises(StatementRefused) as refused:
        _read(path)
    assert refused.value.problem.code == REFUSED.get(path, "not_a_statement")


@pytest.mark.parametrize("path", [path for path in EXPECTED if not _is_refused(path)])
def test_sample_statement_ends_in_its_stated_figures(path):
    wanted, read = EXPECTED[path], _read(path)
    assert [p.code for row in read.review for p in row.problems] == REVIEWED.get(path, [])
    assert read.rows_read == wanted["rows"]
    if path in REVIEWED and "bad_rows" not in wanted:
        return
    _compare_sums(wanted, read)
    for name, found in (("first_date", read.first_date), ("last_date", read.last_date)):
        if wanted[name] is not None:
            assert found is not None, name
            assert found.isoformat() == wanted[name]
    mismatch = bool(wanted.get("balance_mismatch"))
    assert (read.outcome is FileOutcome.OPEN) == OPEN.get(path, mismatch)
    _compare_more(wanted, read)


def _compare_sums(wanted, read):
    if wanted["currency"] is not None:
        assert read.currency == wanted["currency"]
    if wanted["credit_sum"] is not None:
        assert (read.totals.credits, read.totals.debits) == (
            Decimal(wanted["credit_sum"]),
            Decimal(wanted["debit_sum"]),
        )
    if "by_currency" in wanted:
        assert {
            code: {"credit_sum": str(t.credits), "debit_sum": str(t.debits)}
            for code, t in read.by_currency.items()
        } == wanted["by_currency"]
    figures = read.totals
    if figures is None:
        return
    if "neutral_rows" in wanted:
        assert (figures.rows_neutral, str(figures.neutral)) == (
            wanted["neutral_rows"],
            wanted["neutral_sum"],
        )
    for name, found in (
        ("credit_rows", figures.rows_in),
        ("debit_rows", figures.rows_out),
        ("zero_rows", figures.rows_zero),
    ):
        if wanted.get(name) is not None:
            assert found == wanted[name], name


def _compare_more(wanted, read):
    if "closing_balance" in wanted:
        assert str(read.closing) == wanted["closing_balance"]
    if "fee_sum" in wanted:
        # We count a fee as what it costs; Alipay bills show it as money taken away.
        fees = sum(row.fee for row in read.rows)
        assert abs(fees) == abs(Decimal(wanted["fee_sum"]))
        assert read.totals.credits - read.totals.debits - fees == Decimal(wanted["net_sum"])
    if "balance_chain" in wanted:
        assert len(read.balance_gaps) == wanted["balance_chain"]["gaps"]
    if "impossible_dates" in wanted:
        found = [finding.value for finding in read.findings if finding.code == "impossible_date"]
        assert found == wanted["impossible_dates"]
    if "pending_rows" in wanted:
        assert sum(row.pending for row in read.rows) == wanted["pending_rows"]


@pytest.mark.parametrize("path", [path for path in EXPECTED if not _is_refused(path)])
def test_sample_statement_read_twice_has_the_same_distinct_identities(path):
    first, again = _read(path), _read(path)
    keys = [row.identity for row in first.rows]
    assert keys == [row.identity for row in again.rows]
    assert len({(row.account, row.identity) for row in first.rows}) == len(keys)
