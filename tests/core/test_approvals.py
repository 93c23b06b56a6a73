import os
import threading
from decimal import Decimal

import pytest

from core.approvals import (
    NoPolicy,
    NotApproved,
    decide,
    request_approval,
    signatures_needed,
    spend_approval,
    waiting_for,
)
from core.errors import Conflict, DomainError, NotAllowed
from core.events import drain_all
from core.faults import guard_off, widened
from core.models import ApprovalPolicy, ApprovalRequest, ApprovalStep, ApprovalTry, Event, StatusChange
from core.origins import Origin, _kinds, register
from core.rights import grant_role
from tests.crm.builders import a_customer, a_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ABOUT = Origin("customer", 1)
SEEDS = int(os.environ.get("RACE_SEEDS", "3"))


@pytest.fixture
def people():
    found = {}
    for name, role in [
        ("clerk", "customer_service"),
        ("boss", "manager"),
        ("boss2", "manager"),
        ("money", "finance"),
    ]:
        found[name] = a_user(username=name)
        grant_role(user=found[name], role=role)
    return found


@pytest.fixture
def policies():
    ApprovalPolicy.objects.create(kind="refund", level=1, role="manager", amount_from=100)
    ApprovalPolicy.objects.create(kind="refund", level=2, role="finance", amount_from=1000)
    ApprovalPolicy.objects.create(kind="refund", level=3, role="admin", amount_from=1000, active=False)


def a_request(people, *, amount="500.00", version=1, about=ABOUT) -> ApprovalRequest:
    return request_approval(
        kind="refund",
        about=about,
        version=version,
        amount=Decimal(amount),
        by=people["clerk"],
        reason="broken on arrival",
    )


def sign(request, by, *, approve=True, version=1) -> ApprovalRequest:
    return decide(request_id=request.pk, by=by, approve=approve, version=version)


@pytest.mark.parametrize(
    ("amount", "roles"),
    [("99.99", []), ("100", ["manager"]), ("999.99", ["manager"]), ("1000", ["manager", "finance"])],
)
def test_band_and_level_decide_who_signs(policies, amount, roles):
    assert [p.role for p in signatures_needed(kind="refund", amount=Decimal(amount))] == roles


def test_kind_without_policy_is_not_approved_by_silence(people):
    with pytest.raises(NoPolicy):
        request_approval(
            kind="gift", about=ABOUT, version=1, amount=Decimal(1), by=people["clerk"], reason=""
        )
    assert not ApprovalRequest.objects.exists()


def test_small_amount_needs_nobody(people, policies):
    assert a_request(people, amount="99.99").state == "approved"


def test_levels_sign_in_order_and_the_last_one_approves(people, policies):
    request = a_request(people, amount="1000.00")
    with pytest.raises(NotAllowed):
        sign(request, people["money"])
    assert list(waiting_for(people["boss"])) == [request]
    assert list(waiting_for(people["money"])) == []
    assert sign(request, people["boss"]).state == "open"
    assert list(waiting_for(people["money"])) == [request]
    assert sign(request, people["money"]).state == "approved"
    spent = spend_approval(kind="refund", about=ABOUT, version=1, amount=Decimal("1000.00"))
    assert spent.state == "executed"
    with pytest.raises(NotApproved):
        spend_approval(kind="refund", about=ABOUT, version=1, amount=Decimal("1000.00"))
    steps = StatusChange.objects.filter(origin_kind="approval", origin_id=request.pk).order_by("id")
    assert [s.new for s in steps] == ["open", "approved", "executed"]
    assert Event.objects.get(name="ApprovalDecided").payload["approved"] is True
    drain_all()


def test_one_refusal_ends_it(people, policies):
    request = a_request(people)
    assert sign(request, people["boss"], approve=False).state == "rejected"
    with pytest.raises(Conflict):
        sign(request, people["boss2"])
    with pytest.raises(NotApproved):
        spend_approval(kind="refund", about=ABOUT, version=1, amount=Decimal(1))


def test_requester_never_decides_even_with_the_role(people, policies):
    grant_role(user=people["clerk"], role="manager")
    request = a_request(people)
    with pytest.raises(NotAllowed):
        sign(request, people["clerk"])
    assert list(waiting_for(people["clerk"])) == []
    request.refresh_from_db()
    assert request.state == "open"
    assert list(ApprovalTry.objects.values_list("outcome", flat=True)) == ["not_allowed"]


def test_person_with_both_roles_signs_one_level_only(people, policies):
    grant_role(user=people["boss"], role="finance")
    request = a_request(people, amount="5000.00")
    sign(request, people["boss"])
    with pytest.raises(NotAllowed):
        sign(request, people["boss"])
    assert sign(request, people["money"]).state == "approved"


def test_approval_does_not_cover_more_money_or_another_version(people, policies):
    sign(a_request(people), people["boss"])
    for version, amount in [(1, "500.01"), (2, "500.00")]:
        with pytest.raises(NotApproved):
            spend_approval(kind="refund", about=ABOUT, version=version, amount=Decimal(amount))


def test_same_question_is_one_request_and_a_new_version_outdates_the_old(people, policies):
    first = a_request(people)
    assert a_request(people) == first
    second = a_request(people, version=2)
    first.refresh_from_db()
    assert (first.state, second.state) == ("outdated", "open")
    with pytest.raises(Conflict):
        sign(first, people["boss"])


@pytest.fixture
def versioned(monkeypatch):
    """A document with a version that moves on: a customer whose name is saved again."""
    customer = a_customer()
    present = {"version": 1}
    model = type(customer)
    monkeypatch.setattr(model, "version", property(lambda self: present["version"]), raising=False)
    before = dict(_kinds)
    register("customer", "crm.Customer", number="pk")
    yield Origin("customer", customer.pk), present
    _kinds.clear()
    _kinds.update(before)


def test_signature_on_a_version_that_is_gone_is_refused(people, policies, versioned):
    about, present = versioned
    request = a_request(people, about=about)
    present["version"] = 2
    with pytest.raises(Conflict):
        sign(request, people["boss"])
    request.refresh_from_db()
    assert request.state == "open"
    assert not ApprovalStep.objects.exclude(decision="").exists()
    assert list(ApprovalTry.objects.values_list("outcome", flat=True)) == ["conflict"]


@pytest.mark.breach
def test_without_the_version_check_the_wrong_version_is_signed(people, policies, versioned):
    about, present = versioned
    request = a_request(people, about=about)
    present["version"] = 2
    with guard_off("F20"):
        assert sign(request, people["boss"]).state == "approved"


def _eight_decisions(people, request) -> list[object]:
    bosses = [people["boss"], people["boss2"]]
    return at_once(8, lambda n: sign(request, bosses[n % 2], approve=n % 3 != 0))


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_eight_decisions_at_once_are_one(people, policies, seed):
    request = a_request(people)
    answers = _eight_decisions(people, request)
    assert sum(isinstance(answer, ApprovalRequest) for answer in answers) == 1
    assert sum(isinstance(answer, DomainError) for answer in answers) == 7
    assert ApprovalTry.objects.filter(outcome="done").count() == 1
    assert ApprovalTry.objects.count() == 8
    assert StatusChange.objects.filter(origin_kind="approval").count() == 2


@pytest.mark.races
@pytest.mark.breach
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_decisions_succeed(people, policies):
    request = a_request(people)
    together = threading.Barrier(2, timeout=20)
    bosses = [people["boss"], people["boss2"]]
    with guard_off("F19"), widened("F19", together.wait):
        at_once(2, lambda n: sign(request, bosses[n], approve=n == 0))
    assert ApprovalTry.objects.filter(outcome="done").count() == 2
