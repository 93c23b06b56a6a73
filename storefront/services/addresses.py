"""The addresses that an account keeps."""

from typing import Any

from django.db import transaction
from oscar.apps.address.models import UserAddress

FIELDS = {
    "name": "first_name",
    "phone": "phone_number",
    "province": "state",
    "city": "line4",
    "district": "line3",
    "street": "line1",
}
MOST = 20


def list_addresses(*, user: Any) -> list[dict[str, Any]]:
    """The account's own addresses as plain values, the default one first."""
    rows = UserAddress.objects.filter(user=user).order_by(
        "-is_default_for_shipping", "-num_orders_as_shipping_address", "-pk"
    )
    return [_values(row) for row in rows[:MOST]]


def default_address(*, user: Any, wanted: str = "") -> dict[str, Any]:
    """The address that was asked for by its id, else the default one; nothing when there is none."""
    rows = list_addresses(user=user)
    return next((row for row in rows if str(row["pk"]) == wanted), rows[0] if rows else {})


def keep_address(*, user: Any, values: Any, address_id: int | None = None) -> None:
    """Store an address of the account, or change one of its own; the same one twice is one."""
    columns = {column: values[name] for name, column in FIELDS.items()}
    with transaction.atomic():
        address = UserAddress.objects.filter(user=user, pk=address_id).first() if address_id else None
        address = address or UserAddress(user=user)
        for column, value in columns.items():
            setattr(address, column, value)
        address.country_id = "CN"
        address.hash = address.generate_hash()
        twin = UserAddress.objects.filter(user=user, hash=address.hash).exclude(pk=address.pk).first()
        if twin is not None:
            if address.pk:
                address.delete()
            return
        others = UserAddress.objects.filter(user=user).exclude(pk=address.pk)
        address.is_default_for_shipping = not others.filter(is_default_for_shipping=True).exists()
        address.save()


def drop_address(*, user: Any, address_id: int) -> None:
    """Forget one of the account's own addresses. Orders keep what was theirs."""
    UserAddress.objects.filter(user=user, pk=address_id).delete()


def prefer_address(*, user: Any, address_id: int) -> None:
    """Make one of the account's own addresses the default."""
    with transaction.atomic():
        if UserAddress.objects.filter(user=user, pk=address_id).exists():
            UserAddress.objects.filter(user=user).update(is_default_for_shipping=False)
            UserAddress.objects.filter(user=user, pk=address_id).update(is_default_for_shipping=True)


def _values(row: UserAddress) -> dict[str, Any]:
    values = {name: str(getattr(row, column) or "") for name, column in FIELDS.items()}
    return values | {"pk": row.pk, "is_default": row.is_default_for_shipping}
