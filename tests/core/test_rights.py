import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from core.entities import default_entity
from core.errors import NotAllowed
from core.models import LegalEntity, RoleGrant
from core.rights import ACTIONS, allowed, grant_role, require, revoke_role, roles_of, visible_scopes
from core.roles import ROLES
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db

COLUMNS = ["customer_service", "warehouse", "finance", "buyer", "manager", "admin"]
# Written by hand, a second time, on purpose: a change of rights is a change in two places.
TABLE = """
orders.place_order                   x . . . x x
orders.edit_order                    x . . . x x
orders.cancel_order                  x . . . x x
orders.perform_service               x . . . x x
orders.clear_hold.customer_service   x . . . x x
orders.clear_hold.finance            . . x . . x
orders.clear_hold.sales              . . . . x x
orders.clear_hold.warehouse          . x . . x x
orders.change_hold_rules             . . . . x x
orders.import_orders                 x . . . x x
orders.make_promotion                . . . . x x
orders.pause_promotion               x . . . x x
returns.open_return                  x . . . x x
returns.approve_return               x . . . x x
returns.receive_return               . x . . . x
returns.inspect_line                 . x . . . x
logistics.plan_deliveries            . x . . x x
logistics.start_picking              . x . . . x
logistics.pack                       . x . . . x
logistics.hand_over                  . x . . . x
logistics.intercept                  x x . . x x
logistics.change_rate_cards          . . x . x x
logistics.import_shipments           . . x . x x
logistics.agree_statement            . . x . . x
logistics.apply_remittance           . . x . . x
logistics.dispute_outcome            . . x . . x
logistics.write_off                  . . x . x x
inventory.receive_goods              . x . . . x
inventory.adjust_stock               . x . . x x
inventory.scrap_goods                . x . . x x
inventory.change_skus                . . . x x x
inventory.change_policies            . . . . x x
inventory.resolve_conflict           x . . . x x
inventory.order_goods                . . . x x x
inventory.see_costs                  . . x x x x
inventory.import_stock               . x . . x x
finance.record_payment               . . x . . x
finance.apply_receipt                . . x . . x
finance.request_refund               x . x . x x
finance.send_refund                  . . x . . x
finance.import_statement             . . x . . x
finance.accept_difference            . . x . . x
finance.match_line                   . . x . . x
finance.reverse_entry                . . x . . x
finance.close_period                 . . x . . x
finance.reopen_period                . . . . x x
finance.see_ledger                   . . x . x x
crm.change_customer                  x . . . x x
crm.merge_customers                  . . . . x x
crm.reveal                           x x x . x x
crm.change_templates                 . . . . x x
crm.export_customers                 . . . . x x
storefront.change_catalogue          . . . x x x
core.replay_events                   . . . . . x
core.cancel_job                      . . . . x x
core.write_note                      x x x x x x
core.change_policies                 . . . . . x
core.grant_role                      . . . . . x
"""


def test_matrix_is_the_table():
    people = {role: a_user(username=role) for role in COLUMNS}
    for role, person in people.items():
        grant_role(user=person, role=role)
    table = [line.split() for line in TABLE.strip().splitlines()]
    assert [row[0] for row in table] == list(ACTIONS)
    assert list(ROLES) == COLUMNS
    for action, *cells in table:
        found = ["x" if allowed(people[role], action) else "." for role in COLUMNS]
        assert found == cells, action


def test_nobody_else_may_do_anything():
    shopper, clerk_without_role = a_user(), a_user(is_staff=True)
    left = a_user(is_active=False)
    grant_role(user=left, role="admin")
    demoted = a_user()
    grant_role(user=demoted, role="admin")
    revoke_role(user=demoted, role="admin")
    for person in (None, shopper, clerk_without_role, left, demoted):
        assert not any(allowed(person, action) for action in ACTIONS)


def test_action_that_the_matrix_does_not_know_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        allowed(a_user(is_superuser=True), "orders.do_anything")


def test_role_in_one_warehouse_ends_at_its_door():
    person = a_user()
    grant_role(user=person, role="warehouse", warehouse=1)
    grant_role(user=person, role="warehouse", warehouse=1)
    assert RoleGrant.objects.count() == 1
    assert allowed(person, "logistics.pack", warehouse=1)
    assert not allowed(person, "logistics.pack", warehouse=2)
    with pytest.raises(NotAllowed, match=r"Ask|请"):
        require(person, "logistics.pack", warehouse=2)
    assert visible_scopes(person, "logistics.pack", "warehouse") == {1}
    grant_role(user=person, role="warehouse")
    assert visible_scopes(person, "logistics.pack", "warehouse") is None


def test_role_for_one_entity_does_not_open_the_books_of_another():
    other = LegalEntity.objects.create(code="agent", name="Agent")
    person = a_user()
    grant_role(user=person, role="finance", entity=other)
    assert allowed(person, "finance.reverse_entry", entity=other)
    assert not allowed(person, "finance.reverse_entry", entity=default_entity())


def test_grant_and_group_go_together():
    person = a_user()
    grant_role(user=person, role="finance")
    assert person.is_staff
    assert [g.name for g in person.groups.all()] == ["finance"]
    assert roles_of(person) == {"finance"}
    revoke_role(user=person, role="finance")
    assert not person.groups.exists()
    assert roles_of(person) == set()
    assert RoleGrant.objects.get().revoked_at is not None


def test_set_up_gives_groups_the_permissions_of_their_pages_and_no_role_may_delete():
    call_command("setup_shop")
    call_command("setup_shop")
    service = Group.objects.get(name="customer_service")
    codes = set(service.permissions.values_list("codename", flat=True))
    assert {"view_customer", "change_customer", "view_job"} <= codes
    assert "view_rolegrant" not in codes
    assert not Group.objects.filter(permissions__codename__startswith="delete_").exists()
