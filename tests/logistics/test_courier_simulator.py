"""The courier simulator over real HTTP, and the audit of what it bills against its own plan."""

import signal
import threading
import time
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest

from logistics.gateways.base import (
    Cancelled,
    ForgedPush,
    Issued,
    NotFound,
    Refused,
    Timeouts,
    Unknown,
    Voided,
    create_once,
)
from logistics.rules import cod
from logistics.rules.expectation import expect
from logistics.rules.grouping import group_rows
from logistics.rules.matching import ParcelFacts, classify, missing
from logistics.rules.outcomes import FeeKind, Outcome, Tolerance
from logistics.rules.rate_cards import Service
from logistics.rules.rating import Shipment
from logistics.rules.tracking import State, Track, fold, merge
from logistics.statements.courier import read_courier_statement
from logistics.statements.remittances import read_remittance
from tests.runtime.builders import wait_until

from .courier_process import Simulator, a_request, listener, our_card

CASH_STATE = {
    State.DELIVERED: cod.Parcel.DELIVERED,
    State.REFUSED: cod.Parcel.CAME_BACK,
    State.RETURNING: cod.Parcel.CAME_BACK,
    State.RETURNED: cod.Parcel.CAME_BACK,
}


@pytest.fixture
def simulator(tmp_path):
    running = Simulator(tmp_path).start()
    yield running
    if running.process.poll() is None:
        assert running.end() == 0


def ship(simulator, courier, count, *, start=0):
    """Parcels handed over now: every second with cash, every fifth refused, three zones."""
    gateway = simulator.gateway(courier)
    issued = {}
    for number in range(start, start + count):
        request = a_request(
            f"DN{number}",
            ["浙江省", "北京市", "新疆维吾尔自治区"][number % 3],
            900 + 370 * (number % 11),
            "199.00" if number % 2 else "0.00",
            pieces=3 if number % 7 == 0 else 1,
            declared_value=D("300.00") if number % 4 == 0 else D("0.00"),
        )
        answer = gateway.create_waybill(request)
        issued[answer.waybill] = request
        if number % 5 == 0:
            simulator.control.set_fate(answer.waybill, "refuse")
    accepted = gateway.hand_over(f"M{start}", list(issued))
    assert (set(accepted.accepted), accepted.refused) == (set(issued), {})
    return issued


def test_a_reference_has_one_waybill_however_often_it_is_asked_for(simulator):
    gateway = simulator.gateway("sf")
    first = gateway.create_waybill(a_request("DN1"))
    assert first == Issued("DN1", first.waybill, (), False, "1")
    assert gateway.create_waybill(a_request("DN1")) == Issued("DN1", first.waybill, (), True, "1")
    assert gateway.find_by_reference("DN2") == NotFound("DN2")
    pieces = gateway.create_waybill(a_request("DN3", pieces=3))
    assert pieces.children == (f"{pieces.waybill}001", f"{pieces.waybill}002")
    assert isinstance(gateway.create_waybill(a_request("DN4", weight_g=0)), Refused)


def test_a_cut_after_buying_is_unknown_and_asking_first_finds_the_same_waybill(simulator):
    """F59 at a courier that forgets references; the control asks nothing first and buys twice."""
    gateway = simulator.gateway("sf")
    simulator.control.arm("cut", op="create")
    assert isinstance(create_once(gateway, a_request("DN1")), Unknown)
    assert len(simulator.control.books()["parcels"]) == 1
    simulator.control.arm("forget", op="create")
    again = create_once(gateway, a_request("DN1"))
    assert again.existed
    assert list(simulator.control.books()["parcels"]) == [again.waybill]
    gateway.create_waybill(a_request("DN1"))
    assert len(simulator.control.books()["parcels"]) == 2


def test_two_packers_who_print_at_once_get_one_number(simulator):
    gateway, answers, barrier = simulator.gateway("sf"), [], threading.Barrier(4)

    def pack():
        barrier.wait()
        answers.append(create_once(gateway, a_request("DN1")))

    threads = [threading.Thread(target=pack) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.waybill for answer in answers}) == 1
    assert len(simulator.control.books()["parcels"]) == 1


def test_bad_answers_are_told_apart(simulator):
    gateway = simulator.gateway("sf", timeouts=Timeouts(1, 0.3))
    arm = simulator.control.arm
    arm("error", op="create")
    assert isinstance(gateway.create_waybill(a_request("A")), Unknown)
    assert gateway.find_by_reference("A") == NotFound("A")
    arm("error_after", op="create")
    assert isinstance(gateway.create_waybill(a_request("B")), Unknown)
    assert isinstance(gateway.find_by_reference("B"), Issued)
    arm("delay", op="create", seconds=1)
    assert isinstance(gateway.create_waybill(a_request("C")), Unknown)
    assert isinstance(gateway.find_by_reference("C"), Issued)
    arm("exists", op="create")
    assert gateway.create_waybill(a_request("D")).code == "8016"
    assert isinstance(create_once(gateway, a_request("D")), Issued)
    arm("cancelled", op="create")
    assert isinstance(gateway.create_waybill(a_request("E")), Cancelled)
    assert isinstance(create_once(gateway, a_request("E")), Cancelled)


def test_the_guard_refuses_before_anything_leaves(simulator):
    class InTransaction(Exception):
        pass

    def guard():
        raise InTransaction

    gateway = simulator.gateway("sf", guard=guard)
    for call in (
        lambda: gateway.create_waybill(a_request("DN1")),
        lambda: gateway.find_by_reference("DN1"),
        lambda: gateway.track("SF1"),
        lambda: gateway.fetch_statement("2026-03"),
    ):
        with pytest.raises(InTransaction):
            call()
    assert simulator.control.books()["parcels"] == {}


def test_a_waybill_is_voided_before_the_hand_over_and_never_after(simulator):
    gateway = simulator.gateway("yto")
    one, two = (gateway.create_waybill(a_request(name)).waybill for name in ("A", "B"))
    assert gateway.void_waybill(one) == gateway.void_waybill(one) == Voided(one)
    assert isinstance(gateway.label_data(one), Refused)
    scan = gateway.hand_over("M1", [one, two, two, "YT0"])
    assert (scan.accepted, scan.refused) == ((two,), {one: "cancelled", "YT0": "no waybill YT0"})
    assert gateway.hand_over("M1", [one, two]) == scan
    assert isinstance(gateway.void_waybill(two), Refused)


def test_couriers_count_their_manifests_each_by_itself(simulator):
    taken = {}
    for courier in ("sf", "yto"):
        gateway = simulator.gateway(courier)
        taken[courier] = gateway.create_waybill(a_request("DN1")).waybill
        assert gateway.hand_over("M1", [taken[courier]]).accepted == (taken[courier],)
    parcels = simulator.control.books()["parcels"]
    assert {parcels[waybill]["state"] for waybill in taken.values()} == {"collected"}


def test_a_wrong_key_is_refused_and_buys_nothing(simulator):
    other = simulator.control.account("yto")
    gateway = simulator.gateway("sf")
    gateway._account = other
    assert gateway.create_waybill(a_request("DN1")).code == "503"
    assert simulator.control.books()["parcels"] == {}


def test_parcels_live_their_fate_and_a_refused_one_returns_under_a_new_number(simulator):
    gateway = simulator.gateway("sf")
    delivered, refused, lost = (
        gateway.create_waybill(a_request(name, cod="80.00")).waybill for name in ("A", "B", "C")
    )
    simulator.control.set_fate(refused, "refuse")
    simulator.control.set_fate(lost, "lose")
    gateway.hand_over("M1", [delivered, refused, lost])
    simulator.control.advance(days=12)
    tracks = {waybill: gateway.track(waybill) for waybill in (delivered, refused, lost)}
    assert [fold(track.events).state for track in tracks.values()] == [
        State.DELIVERED,
        State.RETURNED,
        State.EXCEPTION,
    ]
    back = tracks[refused].return_waybill
    books = simulator.control.books()["parcels"]
    assert (books[back]["service"], books[back]["forward_waybill"]) == ("return", refused)
    assert [books[waybill]["collected"] for waybill in tracks] == ["80.00", "0.00", "0.00"]
    assert books[back]["charged"] == {"freight": "10.60", "surcharge": "0.27"}
    assert books[delivered]["charged"] == {"freight": "14.00", "surcharge": "0.35", "cod_fee": "2.00"}


def test_pushes_repeat_come_in_disorder_and_forged_yet_end_in_the_right_state(simulator):
    gateway = simulator.gateway("jd")
    waybills = [gateway.create_waybill(a_request(f"DN{n}")).waybill for n in range(4)]
    gateway.hand_over("M1", waybills)
    with listener() as (url, bodies):
        simulator.control.notify(url)
        simulator.control.advance(days=3)
        for fault, times in (("push_reorder", 1), ("push_duplicate", 3), ("push_forge", 2), ("push_lose", 4)):
            simulator.control.arm(fault, times=times)
        counts = simulator.control.push()
        assert counts == {"sent": 19, "answered": 16, "lost": 4, "forged": 2}
    tracks, forged = {waybill: Track() for waybill in waybills}, 0
    for body in bodies:
        try:
            pushed = gateway.parse_push(body)
        except ForgedPush:
            forged += 1
            continue
        tracks[pushed.waybill], _ = merge(tracks[pushed.waybill], pushed.events)
    assert forged == 2
    # the last news were the lost ones: only asking can tell
    assert {track.state for track in tracks.values()} == {State.OUT_FOR_DELIVERY}
    for waybill, track in tracks.items():
        whole, fresh = merge(track, gateway.track(waybill).events)
        assert (whole.state, [event.state for event in fresh]) == (State.DELIVERED, [State.DELIVERED])
    assert simulator.control.books()["pushes_waiting"] == 0


def test_in_real_time_a_courier_catches_up_and_tells_each_shop_door_by_itself(tmp_path):
    past = Simulator(tmp_path, clock=f"{datetime.now() - timedelta(days=4):%Y-%m-%dT%H:%M}").start()
    waybills = {}
    for courier in ("jd", "sf"):
        gateway = past.gateway(courier)
        waybills[courier] = gateway.create_waybill(a_request("DN1")).waybill
        gateway.hand_over(f"{courier}-1", [waybills[courier]])
    past.end()
    with listener() as (url, bodies):
        present = Simulator(tmp_path, "--real-time", "--notify", url + "couriers/{courier}/push/").start()
        wait_until(lambda: len(bodies) >= 10)
        books = present.control.books()
        present.end()
    assert bodies.paths == {"/couriers/jd/push/", "/couriers/sf/push/"}
    assert {books["parcels"][number]["state"] for number in waybills.values()} == {"delivered"}
    assert abs(datetime.fromisoformat(books["clock"]).timestamp() - time.time()) < 60


@pytest.mark.parametrize("body", [b"", b"\xff", b"sign=1", b"sign=1&param=%7B%7D"])
def test_a_body_that_is_no_signed_push_is_forged(simulator, body):
    with pytest.raises(ForgedPush):
        simulator.gateway("sf").parse_push(body)


def test_the_books_survive_a_kill(simulator):
    gateway = simulator.gateway("sf")
    waybill = gateway.create_waybill(a_request("DN1", cod="50.00")).waybill
    gateway.hand_over("M1", [waybill])
    simulator.control.advance(days=3)
    before = simulator.control.books()
    assert simulator.end(signal.SIGKILL) == -signal.SIGKILL
    simulator.start()
    assert simulator.control.books() == before
    assert simulator.gateway("sf").find_by_reference("DN1").waybill == waybill


SLIPS = {
    "weight": 2,
    "zone": 2,
    "rate": 2,
    "surcharge": 1,
    "cod_amount": 2,
    "cod_fee": 2,
    "duplicate_in_file": 2,
    "billed_before": 2,
    "not_ours": 2,
    "missing": 2,
    "wrong_return_price": 2,
    "needs_review": 2,
    "within_tolerance": 2,
    "damaged_waybill": 2,
}
UNSHOWN = {"sf": {"cod_amount"}, "yto": set(), "jd": {"cod_fee"}}


def audit(simulator, courier, period, requests, settled):
    """Outcome per waybill as our rules see the statement of this period."""
    gateway, contract = simulator.gateway(courier), simulator.control.contracts()[courier]
    file = gateway.fetch_statement(period)
    statement = read_courier_statement(file.content, name=file.name, courier=courier)
    card = our_card(contract, courier)

    def zone(province):
        return next((z for name, z in contract["zones"].items() if province.startswith(name)), "")

    facts, rerates = {}, {}
    for waybill, request in requests.items():
        track = gateway.track(waybill)
        legs = [(waybill, Service.FORWARD, CASH_STATE.get(fold(track.events).state, cod.Parcel.UNDER_WAY))]
        if track.return_waybill:
            legs.append((track.return_waybill, Service.RETURN, cod.Parcel.CAME_BACK))
        for number, service, state in legs:
            cash = request.cod_amount if service == Service.FORWARD else D("0.00")
            value = request.declared_value if service == Service.FORWARD else D("0.00")
            told = expect(
                card,
                Shipment(
                    zone(request.receiver.province),
                    request.weight_g,
                    date(2026, 3, 1),
                    service,
                    cod_amount=cash,
                    declared_value=value,
                ),
                (service,),
            )
            facts[number] = ParcelFacts(
                number,
                state,
                zone(request.receiver.province),
                request.weight_g,
                told.expected,
                (service,),
                cash,
                settled.get(number, {}),
                date(2026, 3, 1),
            )
            rerates[number] = told.rerate
    rows = [line.as_billed(line.zone or zone(line.destination)) for line in statement.lines]
    results = [
        classify(
            facts.get(billed.waybill),
            billed,
            rerates.get(billed.waybill, lambda *_: None),
            Tolerance(D("0.20"), D("5")),
        )
        for billed in group_rows(rows, folded=statement.folded, states_cod=statement.states_cod)
    ]
    absent = missing(
        facts.values(), billed={row.waybill for row in results}, on=date(2026, 5, 1), after_days=30
    )
    return statement, results, absent


def settle(statement):
    """What an agreed statement leaves settled per waybill and kind."""
    settled = {}
    for line in statement.lines:
        kinds = settled.setdefault(line.waybill, {})
        kinds[line.kind] = kinds.get(line.kind, D("0.00")) + line.amount
    return settled


@pytest.mark.parametrize("courier", ["sf", "yto", "jd"])
def test_every_planted_error_of_a_statement_is_found_and_nothing_else(simulator, courier):
    march = ship(simulator, courier, 12)
    simulator.control.advance(days=10)
    simulator.control.make_statement(courier, "2026-03")
    first, results, absent = audit(simulator, courier, "2026-03", march, {})
    assert Counter(row.outcome for row in results) == {Outcome.AGREED: len(results)}
    assert (first.differences, first.to_review, absent) == ([], [], [])

    simulator.control.advance(days=25)
    april = ship(simulator, courier, 60, start=100)
    simulator.control.advance(days=10)
    plant = {slip: times for slip, times in SLIPS.items() if slip not in UNSHOWN[courier]}
    made = simulator.control.make_statement(courier, "2026-04", plant)
    second, results, absent = audit(simulator, courier, "2026-04", {**march, **april}, settle(first))

    unreadable = [row for row in results if not row.waybill]
    assert [row.outcome for row in unreadable] == [Outcome.NEEDS_REVIEW] * 2
    found = {row.waybill: row.outcome for row in (*results, *absent) if row.waybill}
    assert found == made["plan"]
    plant["missing"] += plant.pop("damaged_waybill")
    assert Counter(found.values()) == {**plant, "agreed": len(found) - sum(plant.values())}
    assert len(second.to_review) == plant["needs_review"] + len(unreadable)
    assert second.billed + sum(line.amount for line in second.to_review) == D(made["billed"])
    for row in results:
        assert sum(f.money for f in row.findings if f.kind != FeeKind.COD) == row.difference


def test_a_month_is_billed_once_and_what_was_left_out_stays_unbilled(simulator):
    ship(simulator, "yto", 6)
    simulator.control.advance(days=5)
    plan = simulator.control.make_statement("yto", "2026-03", {"missing": 1})["plan"]
    with pytest.raises(RuntimeError, match="has billed 2026-03"):
        simulator.control.make_statement("yto", "2026-03")
    left_out = next(waybill for waybill, outcome in plan.items() if outcome == "missing")
    simulator.control.advance(days=31)
    assert left_out in simulator.control.make_statement("yto", "2026-04")["plan"]


def test_cash_is_remitted_once_in_parts_short_and_less_the_netted_freight(simulator):
    issued = ship(simulator, "jd", 10)
    simulator.control.advance(days=5)
    billed = simulator.control.make_statement("jd", "2026-03")
    owing = [waybill for n, waybill in enumerate(issued) if n in {1, 3, 7, 9}]
    first = simulator.control.remit("jd", most=2, short={owing[0]: "9.00"})
    gateway = simulator.gateway("jd")
    advice = read_remittance(gateway.fetch_remittance(date(2026, 3, 6)).content, name="advice.xlsx")
    assert [line.waybill for line in advice.lines] == owing[:2]
    assert [(line.cod, line.fee, line.net) for line in advice.lines] == [
        (D("190.00"), D("3.00"), D("187.00")),
        (D("199.00"), D("3.00"), D("196.00")),
    ]
    assert (advice.paid, advice.differences, advice.to_review) == (D(first["paid"]), [], [])
    simulator.control.advance(days=1)
    second = simulator.control.remit("jd", net_statement=billed["number"])
    rest = read_remittance(gateway.fetch_remittance(date(2026, 3, 7)).content, name="advice.xlsx")
    assert [line.waybill for line in rest.lines if not line.is_netting] == owing[2:4]
    assert [line.net for line in rest.lines if line.is_netting] == [-D(billed["billed"])]
    assert rest.paid == D(second["paid"])
    books = simulator.control.books()
    assert sum(D(r["cash"]) for r in books["remittances"].values()) == 4 * D("199.00") - 9
