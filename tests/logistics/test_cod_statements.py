"""What a courier's cash line means for a parcel of ours: the 24 rows of F37, through the services."""

from decimal import Decimal as D

import pytest

from finance.queries import balance
from finance.services import Party
from logistics import services
from logistics.rules import cod
from logistics.rules.cod import Line, Relation, Verdict
from tests.crm.builders import a_user
from tests.scenarios.company import a_company

from .builders import (
    DELIVERED,
    LOST,
    REFUSED,
    a_bill,
    a_shipped_parcel,
    decided,
    has_gone,
    imported,
    number_of,
)

pytestmark = pytest.mark.django_db

# One cup 113.00, shipping 12.00 and 5.00 for collecting.
CASH = D("130.00")
SCANS = {
    cod.Parcel.UNDER_WAY: (),
    cod.Parcel.DELIVERED: DELIVERED,
    cod.Parcel.CAME_BACK: REFUSED,
    cod.Parcel.LOST: LOST,
}


def stated(line: Line, relation: Relation) -> D:
    amount = CASH if relation == Relation.SAME else CASH - 10
    return -amount if line == Line.TAKES_BACK else amount


@pytest.mark.parametrize(
    ("state", "line", "relation"), [pytest.param(*row, id="-".join(row)) for row in cod.TABLE]
)
def test_every_line_ends_as_matched_difference_or_unknown(state, line, relation):
    company, clerk = a_company(), a_user()
    parcel = a_shipped_parcel(company)
    assert parcel.cod_amount == CASH
    if SCANS[state]:
        has_gone(parcel, SCANS[state])
    courier, number = company.courier, number_of(parcel)
    if line != Line.PAYS:
        first = imported(courier, a_bill((number, "代收货款", str(CASH))), "before.csv", period="2026-03")
        decided(first, clerk)
        services.agree_statement(statement_id=first.pk)
    owed = balance("1221.1", party=Party("courier", courier.pk))
    assert owed == (CASH if state == cod.Parcel.DELIVERED else 0)
    state_before = parcel.state

    line_now = (number, "代收货款", str(stated(line, relation)))
    statement = imported(courier, a_bill(line_now, total=line_now[2]), "now.csv", period="2026-04")

    outcome = statement.outcomes.exclude(outcome="missing").get()
    verdict, why = cod.TABLE[state, line, relation]
    if verdict == Verdict.MATCHED:
        assert (outcome.outcome, outcome.findings) == ("agreed", [])
    else:
        code = "billed_before" if line == Line.PAYS_AGAIN else "cod_amount"
        (finding,) = outcome.findings
        assert (outcome.outcome, finding["rule"], finding["note"]) == (code, verdict, why)
        assert (finding["file"], finding["rows"]) == ("now.csv", ["2"])
        assert services.agree_statement(statement_id=statement.pk).waiting == 1
    # A statement moves no parcel, and the receivable is delivery's and the remittance's alone.
    parcel.refresh_from_db()
    assert parcel.state == state_before
    assert balance("1221.1", party=Party("courier", courier.pk)) == owed


def test_stated_cash_shows_on_the_parcel_and_taken_back_cash_is_due_again():
    company = a_company()
    parcel = has_gone(a_shipped_parcel(company))
    number = number_of(parcel)
    rows = [(number, "运费", "8.00"), (number, "代收货款服务费", "2.00"), (number, "代收货款", "130.00")]
    statement = imported(company.courier, a_bill(*rows, total="140.00"))
    assert services.agree_statement(statement_id=statement.pk).state == "agreed"
    parcel.refresh_from_db()
    assert parcel.cod_state == "stated"
    back = imported(company.courier, a_bill((number, "代收货款", "-130.00")), "back.csv")
    decided(back, a_user())
    services.agree_statement(statement_id=back.pk)
    parcel.refresh_from_db()
    assert parcel.cod_state == "due"
