"""A month of the courier with every kind of error planted in it: our outcomes are its plan."""

from collections import Counter
from datetime import date
from decimal import Decimal as D

import pytest
from django.core.files.base import ContentFile

from core.intake import send_file
from core.jobs import run_job
from core.models import Job
from core.rights import grant_role
from crm.models import User
from logistics import services
from logistics.gateways.base import Issued
from logistics.models import Courier, CourierStatement, CourierZone, RateRow

from .builders import imported
from .courier_process import Simulator, a_request

pytestmark = pytest.mark.django_db

PROVINCES = ["浙江省", "北京市", "新疆维吾尔自治区"]
SLIPS = {
    "weight": 9,
    "zone": 8,
    "rate": 7,
    "surcharge": 6,
    "cod_amount": 9,
    "cod_fee": 8,
    "duplicate_in_file": 7,
    "billed_before": 5,
    "not_ours": 6,
    "missing": 9,
    "wrong_return_price": 5,
    "needs_review": 4,
    "within_tolerance": 8,
    "damaged_waybill": 3,
}


@pytest.fixture
def simulator(tmp_path):
    running = Simulator(tmp_path).start()
    yield running
    running.end()


def our_courier(contract) -> Courier:
    """The courier with the prices that were agreed with it."""
    courier = Courier.objects.create(
        code="yto", name="YTO", tolerance_money=D("0.20"), tolerance_percent=D("5")
    )
    zones = {"浙江省": "浙江", "北京市": "北京", "新疆维吾尔自治区": "新疆"}
    for full, short in zones.items():
        CourierZone.objects.create(courier=courier, province=full, zone=contract["zones"][short])
    cod = contract["cod"]
    for service in ("forward", "return"):
        for zone, (first_g, first_fee, step_g, step_fee) in contract[service].items():
            RateRow.objects.create(
                courier=courier,
                service=service,
                zone=zone,
                kind="step",
                price={"first_g": first_g, "first_fee": first_fee, "step_g": step_g, "step_fee": step_fee},
                extras={
                    "waybill_fee": contract["waybill_fee"],
                    "cod": {"rate_pct": cod["rate_pct"], "minimum": cod["min"], "maximum": cod["max"]},
                },
                valid_from=date(2026, 1, 1),
            )
    return courier


def ship(simulator, count, *, start, on):
    """Parcels handed over now, as rows of import_shipments: every third with cash, every tenth refused."""
    gateway = simulator.gateway("yto")
    issued = {}
    for n in range(start, start + count):
        refused = n % 10 == 0
        cash = "199.00" if n % 3 == 1 and not refused else "0.00"
        request = a_request(f"DN{n}", PROVINCES[n % 3], 900 + 370 * (n % 11), cash)
        answer = gateway.create_waybill(request)
        assert isinstance(answer, Issued)
        issued[answer.waybill] = (request, on)
        if refused:
            simulator.control.set_fate(answer.waybill, "refuse")
    gateway.hand_over(f"M{start}", list(issued))
    return issued


def shipments(simulator, issued) -> bytes:
    """Both ways of every parcel, as another system knows them."""
    gateway = simulator.gateway("yto")
    rows = ["waybill,service,shipped_on,destination,weight_kg,cod_amount"]
    for waybill, (request, on) in issued.items():
        kilos, province = request.weight_g / 1000, request.receiver.province
        rows.append(f"{waybill},forward,{on},{province},{kilos},{request.cod_amount}")
        if request.reference.endswith("0"):
            track = gateway.track(waybill)
            rows.append(f"{track.return_waybill},return,{on},{province},{kilos},0.00")
    return "\n".join(rows).encode()


def test_two_thousand_waybills_end_as_the_courier_planned(simulator):
    courier = our_courier(simulator.control.contracts()["yto"])
    march = ship(simulator, 200, start=1000, on="2026-03-01")
    simulator.control.advance(days=10)
    services.import_shipments(courier=courier, data=shipments(simulator, march), filename="march.csv")
    simulator.control.make_statement("yto", "2026-03")
    first = imported(courier, simulator.gateway("yto").fetch_statement("2026-03").content, "march.xlsx")
    assert Counter(first.outcomes.values_list("outcome", flat=True)) == {"agreed": 220}
    assert services.agree_statement(statement_id=first.pk).state == "agreed"

    simulator.control.advance(days=25)
    april = ship(simulator, 1600, start=2000, on="2026-04-05")
    simulator.control.advance(days=10)
    services.import_shipments(courier=courier, data=shipments(simulator, april), filename="april.csv")
    made = simulator.control.make_statement("yto", "2026-04", SLIPS)
    file = simulator.gateway("yto").fetch_statement("2026-04")

    clerk = User.objects.create_user("finance", password="x", is_staff=True)
    grant_role(user=clerk, role="finance")
    job = send_file(
        code="courier-statement",
        owner=courier.pk,
        file=ContentFile(file.content),
        filename=file.name,
        by=clerk,
    )
    assert run_job(job.pk)
    done = Job.objects.get(pk=job.pk)
    assert done.state == "done", done.error
    statement = CourierStatement.objects.get(pk=done.result["document"][1])
    outcomes = {o.waybill: o.outcome for o in statement.outcomes.exclude(waybill="")}
    assert outcomes == made["plan"]
    unreadable = statement.outcomes.filter(waybill="")
    assert [o.outcome for o in unreadable] == ["needs_review"] * SLIPS["damaged_waybill"]
    assert len(outcomes) > 1750
    assert len(done.result["problems"]) == SLIPS["needs_review"] + SLIPS["damaged_waybill"]

    again = services.import_courier_statement(courier=courier, data=file.content, filename="again.xlsx")
    assert (again.already, CourierStatement.objects.count()) == (True, 2)
    agreement = services.agree_statement(statement_id=statement.pk)
    wrong = sum(SLIPS.values()) - SLIPS["within_tolerance"] - SLIPS["missing"]
    assert (agreement.waiting, agreement.posted) == (
        wrong,
        len(outcomes) - wrong - SLIPS["missing"],
    )
