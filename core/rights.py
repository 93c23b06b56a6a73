"""Who may do what: a matrix of role × action as data, and grants that narrow a role to a warehouse or entity.

Actions are named `app.verb_noun`, after the service they open. The matrix is checked as a whole against
the table in tests/core/test_rights.py. Django's groups and permissions, which open admin pages, are
written from here by `manage.py setup_shop`; they decide what is seen, this module decides what is done.
"""

from typing import Any, Final

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.audit import current_actor
from core.errors import NotAllowed
from core.models import RoleGrant
from core.roles import ADMIN, BUYER, CUSTOMER_SERVICE, FINANCE, MANAGER, ROLES, WAREHOUSE

# action -> roles. Roles are written out: a line is read by auditors, not only by programs.
ACTIONS: Final[dict[str, frozenset[str]]] = {
    action: frozenset(roles | {ADMIN})
    for action, roles in {
        # orders
        "orders.place_order": {CUSTOMER_SERVICE, MANAGER},
        "orders.edit_order": {CUSTOMER_SERVICE, MANAGER},
        "orders.cancel_order": {CUSTOMER_SERVICE, MANAGER},
        "orders.perform_service": {CUSTOMER_SERVICE, MANAGER},
        "orders.clear_hold.customer_service": {CUSTOMER_SERVICE, MANAGER},
        "orders.clear_hold.finance": {FINANCE},
        "orders.clear_hold.sales": {MANAGER},
        "orders.clear_hold.warehouse": {WAREHOUSE, MANAGER},
        "orders.change_hold_rules": {MANAGER},
        "orders.import_orders": {CUSTOMER_SERVICE, MANAGER},
        "orders.make_promotion": {MANAGER},
        "orders.pause_promotion": {CUSTOMER_SERVICE, MANAGER},
        # returns
        "returns.open_return": {CUSTOMER_SERVICE, MANAGER},
        "returns.approve_return": {CUSTOMER_SERVICE, MANAGER},
        "returns.receive_return": {WAREHOUSE},
        "returns.inspect_line": {WAREHOUSE},
        # logistics
        "logistics.plan_deliveries": {WAREHOUSE, MANAGER},
        "logistics.start_picking": {WAREHOUSE},
        "logistics.pack": {WAREHOUSE},
        "logistics.hand_over": {WAREHOUSE},
        "logistics.intercept": {CUSTOMER_SERVICE, WAREHOUSE, MANAGER},
        "logistics.change_rate_cards": {FINANCE, MANAGER},
        "logistics.import_shipments": {FINANCE, MANAGER},
        "logistics.agree_statement": {FINANCE},
        "logistics.apply_remittance": {FINANCE},
        "logistics.dispute_outcome": {FINANCE},
        "logistics.write_off": {FINANCE, MANAGER},
        # inventory
        "inventory.receive_goods": {WAREHOUSE},
        "inventory.adjust_stock": {WAREHOUSE, MANAGER},
        "inventory.scrap_goods": {WAREHOUSE, MANAGER},
        "inventory.change_skus": {BUYER, MANAGER},
        "inventory.change_policies": {MANAGER},
        "inventory.resolve_conflict": {CUSTOMER_SERVICE, MANAGER},
        "inventory.order_goods": {BUYER, MANAGER},
        "inventory.see_costs": {BUYER, FINANCE, MANAGER},
        "inventory.import_stock": {WAREHOUSE, MANAGER},
        # finance
        "finance.record_payment": {FINANCE},
        "finance.apply_receipt": {FINANCE},
        "finance.request_refund": {CUSTOMER_SERVICE, FINANCE, MANAGER},
        "finance.send_refund": {FINANCE},
        "finance.import_statement": {FINANCE},
        "finance.accept_difference": {FINANCE},
        "finance.match_line": {FINANCE},
        "finance.reverse_entry": {FINANCE},
        "finance.close_period": {FINANCE},
        "finance.reopen_period": {MANAGER},
        "finance.see_ledger": {FINANCE, MANAGER},
        # crm
        "crm.change_customer": {CUSTOMER_SERVICE, MANAGER},
        "crm.merge_customers": {MANAGER},
        "crm.reveal": {CUSTOMER_SERVICE, WAREHOUSE, FINANCE, MANAGER},
        "crm.change_templates": {MANAGER},
        "crm.export_customers": {MANAGER},
        # storefront
        "storefront.change_catalogue": {BUYER, MANAGER},
        # core
        "core.replay_events": set(),
        "core.cancel_job": {MANAGER},
        "core.write_note": {CUSTOMER_SERVICE, WAREHOUSE, FINANCE, BUYER, MANAGER},
        "core.change_policies": set(),
        "core.grant_role": set(),
    }.items()
}

# role -> which admin pages open: (verb, app or app.model).
PAGES: Final[dict[str, list[tuple[str, str]]]] = {
    CUSTOMER_SERVICE: [
        ("view", "order"), ("view", "orders"), ("view", "returns"), ("view", "crm.customer"),
        ("view", "crm.message"), ("view", "logistics.delivery"), ("view", "logistics.parcel"),
        ("view", "inventory.stocklevel"),
        ("view", "inventory.reservation"), ("view", "inventory.backorder"),
        ("view", "inventory.stockconflict"),
        ("change", "crm.customer"), ("view", "core.job"), ("view", "core.approvalrequest"),
        ("view", "offer.conditionaloffer"),
    ],
    WAREHOUSE: [
        ("view", "logistics.delivery"), ("view", "logistics.parcel"), ("view", "logistics.courier"),
        ("view", "inventory"), ("view", "returns"), ("view", "core.job"),
        ("view", "core.approvalrequest"),
    ],
    FINANCE: [
        ("view", "finance"), ("view", "order"), ("view", "orders"), ("view", "logistics"),
        ("view", "returns"), ("view", "crm.customer"), ("view", "core.job"), ("view", "core.approvalrequest"),
        ("view", "offer.conditionaloffer"),
    ],
    BUYER: [
        ("view", "inventory"), ("view", "catalogue"), ("change", "catalogue"), ("add", "catalogue"),
        ("view", "core.job"), ("view", "core.approvalrequest"),
    ],
    MANAGER: [
        ("view", app) for app in (
            "core", "crm", "order", "orders", "returns", "logistics", "inventory", "finance", "catalogue",
            "offer", "voucher",
        )
    ] + [
        ("change", "crm.customer"), ("change", "crm.messagetemplate"), ("change", "catalogue"),
        ("add", "catalogue"), ("add", "offer"), ("change", "offer"), ("add", "voucher"),
        ("change", "voucher"), ("add", "orders.holdrule"), ("change", "orders.holdrule"),
        ("add", "inventory.stockpolicy"),
        ("change", "inventory.stockpolicy"),
    ],
    ADMIN: [(verb, "*") for verb in ("view", "add", "change")],
}  # fmt: skip


def allowed(user: Any, action: str, *, warehouse: Any = None, entity: Any = None) -> bool:
    """Whether this person may do this, there.

    `warehouse` and `entity` are rows or ids; without them any grant of a fitting role is enough.
    Raises KeyError for an action that the matrix does not know.
    """
    roles = ACTIONS[action]
    if user is None or not user.is_active or not user.is_staff:
        return False
    if user.is_superuser:
        return True
    grants = RoleGrant.objects.filter(user=user, role__in=roles, revoked_at=None)
    if warehouse is not None:
        grants = grants.filter(Q(warehouse=None) | Q(warehouse=_id(warehouse)))
    if entity is not None:
        grants = grants.filter(Q(entity=None) | Q(entity_id=_id(entity)))
    return grants.exists()


def require(user: Any, action: str, *, warehouse: Any = None, entity: Any = None) -> None:
    """Raise NotAllowed, naming the roles that may, unless this person may do this, there."""
    if allowed(user, action, warehouse=warehouse, entity=entity):
        return
    names = ", ".join(str(ROLES[role]) for role in ROLES if role in ACTIONS[action])
    raise NotAllowed(_("You may not do this. Ask somebody of: %(roles)s.") % {"roles": names}, action=action)


def roles_of(user: Any) -> set[str]:
    """The roles a person has, anywhere."""
    if not user.is_active:
        return set()
    return set(RoleGrant.objects.filter(user=user, revoked_at=None).values_list("role", flat=True))


def visible_scopes(user: Any, action: str, scope: str) -> set[int] | None:
    """Ids of the warehouses (or entities) in which the person may do this; None means all of them."""
    if user.is_superuser and user.is_active:
        return None
    column = {"warehouse": "warehouse", "entity": "entity_id"}[scope]
    ids = set(
        RoleGrant.objects.filter(user=user, role__in=ACTIONS[action], revoked_at=None).values_list(
            column, flat=True
        )
    )
    if not user.is_active:
        return set()
    return None if None in ids else {pk for pk in ids if pk is not None}


@transaction.atomic
def grant_role(*, user: Any, role: str, warehouse: Any = None, entity: Any = None) -> RoleGrant:
    """Give a person a role, everywhere or in one warehouse or entity. Giving it twice is giving it once."""
    grant, _made = RoleGrant.objects.get_or_create(
        user=user,
        role=role,
        warehouse=_id(warehouse),
        entity_id=_id(entity),
        revoked_at=None,
        defaults={"granted_at": clock.now(), "granted_by": current_actor()},
    )
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return grant


@transaction.atomic
def revoke_role(*, user: Any, role: str) -> int:
    """Take a role away, everywhere. The rows stay as history."""
    user.groups.remove(*Group.objects.filter(name=role))
    return RoleGrant.objects.filter(user=user, role=role, revoked_at=None).update(revoked_at=clock.now())


def _id(row: Any) -> int | None:
    return getattr(row, "pk", row)
