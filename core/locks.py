"""One way to take row locks, in one order, so that no two services wait for each other (F03).

The order of tables is the order of ARCHITECTURE §1; inside a table it is the primary key.
Before locking, `lock` checks the order within the transaction; in tests a breach raises.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.db import OperationalError, connection, models, transaction

from core import faults
from core.errors import DomainError
from core.rows import table_of

M = TypeVar("M", bound=models.Model)
P = ParamSpec("P")
R = TypeVar("R")

# Rank by model label; tables that are not listed are leaves and may be locked at any time.
RANK = {
    "basket.Basket": 10,
    "crm.Customer": 20,
    "order.Order": 30,
    "finance.PaymentIntent": 40,
    "finance.Payment": 41,
    "finance.Refund": 42,
    "logistics.Delivery": 50,
    "logistics.Parcel": 60,
    "returns.ReturnCase": 70,
    "voucher.Voucher": 80,
    "offer.ConditionalOffer": 81,
    "inventory.ChannelPool": 90,
    "inventory.StockLevel": 91,
    "inventory.Reservation": 92,
    "inventory.SkuCost": 93,
}
RETRYABLE = {"40P01", "40001"}  # deadlock detected, serialization failure


class LockOrderBroken(RuntimeError):
    """A programming error: a lock was asked for out of order."""


class NothingToLock(DomainError):
    """The document does not exist (any more)."""

    code = "not_found"


def lock(rows: "models.QuerySet[M, M]") -> list[M]:
    """Lock the rows in primary-key order and return them fresh. Needs an open transaction."""
    _check_order(rows.model._meta.label)
    # NO KEY: another transaction may still insert rows that point here, so that foreign keys make no
    # deadlock with whoever holds this row.
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def lock_one(model: type[M], **lookup: Any) -> M:
    """Lock one row and return it fresh.

    Raises NothingToLock when there is none.
    """
    if lookup.keys() == {"pk"}:
        found = _lock_key(model, lookup["pk"])
    else:
        found = lock(model._base_manager.filter(**lookup))
    if len(found) != 1:
        raise NothingToLock(f"{model._meta.verbose_name} {lookup} does not exist.")
    return found[0]


def lock_noun(label: str, **lookup: Any) -> Any:
    """Lock a row of a kernel noun of a higher app (`order.Order`) before one's own rows, and return it."""
    return lock_one(apps.get_model(label), **lookup)


@contextmanager
def joined() -> Iterator[None]:
    """The caller's transaction where there is one, else a transaction of its own.

    For services that refuse before they write: they leave nothing behind that a savepoint would have to
    take back, and so save two statements inside a larger unit of work.
    """
    if _own_blocks():
        yield
    else:
        with transaction.atomic():
            yield


def retried(attempts: int = 3) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Repeat the whole unit of work after a deadlock or serialization failure.

    Does nothing inside an outer transaction: only the outermost can be repeated.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if connection.in_atomic_block:
                return function(*args, **kwargs)
            for attempt in range(attempts):
                try:
                    return function(*args, **kwargs)
                except OperationalError as error:
                    code = getattr(error.__cause__, "pgcode", None)
                    if code not in RETRYABLE or attempt == attempts - 1:
                        raise
                    time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311
            raise AssertionError("unreachable")

        return run

    return decorate


def _lock_key(model: type[M], key: Any) -> list[M]:
    """What `lock` does, for one primary key: compiling the statement costs twice as much as the rest."""
    _check_order(model._meta.label)
    if connection.get_autocommit():  # Django looks after its own statements only
        raise transaction.TransactionManagementError(f"locking {model._meta.label} needs a transaction")
    return list(model._base_manager.raw(_locking(model), [model._meta.pk.get_prep_value(key)]))


@cache
def _locking(model: type[models.Model]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in model._meta.concrete_fields)
    key = quoted(str(model._meta.pk.column))
    return f"SELECT {columns} FROM {table_of(model)} WHERE {key} = %s FOR NO KEY UPDATE"  # noqa: S608


def _check_order(label: str) -> None:
    """Refuse to go back in the order, where faults are allowed (tests); free of cost elsewhere."""
    if not faults.allowed():
        return
    if not _own_blocks():
        raise transaction.TransactionManagementError(f"locking {label} needs a transaction")
    rank = RANK.get(label)
    if rank is None:
        return
    held = _held()
    highest = max(held, default=0)
    if rank < highest and rank not in held:
        raise LockOrderBroken(f"{label} (rank {rank}) after rank {highest}: see core.locks.RANK")
    held.add(rank)


def _own_blocks() -> list[Any]:
    """The atomic blocks in force, outermost first, without a test case's own."""
    blocks: list[Any] = connection.atomic_blocks
    return [block for block in blocks if not block._from_testcase]


def _held() -> set[int]:
    """Ranks locked since the outermost atomic block began. A test case's own block does not count."""
    outermost = _own_blocks()[0]
    held, owner = getattr(connection, "_shopsite_locks", (set(), None))
    if owner is not outermost:
        held = set()
        setattr(connection, "_shopsite_locks", (held, outermost))  # noqa: B010 - not Django's own
    return held
