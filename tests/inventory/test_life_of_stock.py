"""F05: whatever happens in whatever order, the columns are the sums of their facts after every step."""

import os
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core import clock, locks
from core.errors import DomainError
from core.invariants import find_breaches
from core.origins import Origin
from inventory.models import Channel, Reservation, StockConflict
from inventory.services import (
    Received,
    adjust_stock,
    book_offline_sale,
    consume_reservation,
    pin_reservations,
    receive_goods,
    refresh_pools,
    release_reservations,
    repair_stock,
    report_missing,
    resolve_conflict,
    return_goods,
    scrap_goods,
    set_aside,
)
from tests.builders import a_sku, a_warehouse, stocked

from .builders import a_policy, reserved

pytestmark = pytest.mark.django_db
SEEDS = int(os.environ.get("RACE_SEEDS", "3"))
HERE = Origin("entity", 1)

few = st.integers(1, 6)
which = st.integers(0, 1)
channels = st.sampled_from(["key-account", "store", "web", "agent"])


class LifeOfStock(RuleBasedStateMachine):
    """Two SKUs in two warehouses. A refusal is fine; a drift, a 500 or a broken fence is not."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.places = [a_warehouse(), a_warehouse()]
        self.skus = [stocked(a_sku(), self.places[0], 9, "7.77"), a_sku()]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def attempt(self, work, **arguments) -> None:
        try:
            work(**arguments)
        except DomainError:
            pass

    def at(self, sku: int, place: int) -> dict:
        return {"sku": self.skus[sku], "warehouse": self.places[place]}

    def some(self, number: int) -> Reservation | None:
        rows = list(Reservation.objects.filter(state="open").order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(lines=st.lists(st.tuples(which, which, few, st.integers(0, 999)), min_size=1, max_size=4))
    def receive(self, lines):
        receive_goods(
            [
                Received(at["sku"].pk, at["warehouse"].pk, units, Decimal(cents) / 100)
                for sku, place, units, cents in lines
                for at in [self.at(sku, place)]
            ]
        )

    @rule(sku=which, units=few, channel=channels, partial=st.booleans())
    def order(self, sku, units, channel, partial):
        try:
            reserved(self.skus[sku], units, channel, partial=partial)
        except DomainError:
            assert not partial

    @rule(number=st.integers(0, 9), units=st.none() | few)
    def release(self, number, units):
        if row := self.some(number):
            release_reservations(line_id=row.line_id, quantity=units)

    @rule(number=st.integers(0, 9), units=few)
    def hand_over(self, number, units):
        if row := self.some(number):
            self.attempt(
                consume_reservation,
                line_id=row.line_id,
                sku_id=row.sku_id,
                warehouse_id=row.warehouse_id,
                quantity=units,
                origin=HERE,
            )

    @rule(number=st.integers(0, 9))
    def pick_short(self, number):
        if row := self.some(number):
            report_missing(
                line_id=row.line_id,
                sku_id=row.sku_id,
                warehouse_id=row.warehouse_id,
                quantity=1,
                origin=HERE,
            )

    @rule(number=st.integers(0, 9))
    def print_pick_list(self, number):
        if row := self.some(number):
            pin_reservations(line_ids=[row.line_id], warehouse_id=row.warehouse_id)

    @rule(sku=which, place=which, units=few, number=st.integers(0, 5))
    def sell_offline(self, sku, place, units, number):
        self.attempt(
            book_offline_sale,
            **self.at(sku, place),
            source="till",
            message_id=str(number),
            quantity=units,
            at=clock.now(),
        )

    @rule(sku=which, place=which, units=st.integers(-4, 4).filter(bool))
    def count(self, sku, place, units):
        self.attempt(adjust_stock, **self.at(sku, place), quantity=units, reason="count")

    @rule(sku=which, place=which, units=st.integers(-4, 4))
    def put_aside(self, sku, place, units):
        self.attempt(set_aside, **self.at(sku, place), quantity=units, reason="wet")

    @rule(sku=which, place=which, units=few, aside=st.booleans())
    def scrap(self, sku, place, units, aside):
        self.attempt(
            scrap_goods,
            sku_id=self.skus[sku].pk,
            warehouse_id=self.places[place].pk,
            quantity=units,
            origin=HERE,
            from_unavailable=aside,
        )

    @rule(sku=which, place=which, units=few, sellable=st.booleans())
    def take_back(self, sku, place, units, sellable):
        return_goods(
            sku_id=self.skus[sku].pk,
            warehouse_id=self.places[place].pk,
            quantity=units,
            cost=Decimal("1.11") * units,
            origin=HERE,
            sellable=sellable,
        )

    @rule(sku=which, channel=channels, units=few, kind=st.sampled_from(["fence", "cap"]))
    def fence(self, sku, channel, units, kind):
        a_policy(kind, sku=self.skus[sku], channel=Channel.objects.get(code=channel), units=units)
        refresh_pools()

    @rule(choice=st.sampled_from(["other_warehouse", "later", "cancel"]))
    def settle_conflict(self, choice):
        if conflict := StockConflict.objects.filter(state="open").first():
            self.attempt(resolve_conflict, conflict_id=conflict.pk, choice=choice)

    @invariant()
    def each_step_is_a_transaction_of_its_own(self):
        """In life it is; here all roll back together, so the order of locks starts anew."""
        locks._held().clear()

    @invariant()
    def figures_are_the_sums_of_their_facts(self):
        assert find_breaches(["I27", "I28", "I29", "I38", "I39", "I53", "I57"]) == []

    @invariant()
    def nothing_is_to_be_repaired(self):
        assert repair_stock() == []


def test_stock_never_drifts():
    run_state_machine_as_test(
        LifeOfStock,
        settings=settings(
            max_examples=2 * SEEDS,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
