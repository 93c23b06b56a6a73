"""Between shelves and door: receipts, counts, sales of the shops, picking, packing, hand-over."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.db.models import F, Sum

from core import clock
from core.audit import acting
from inventory.models import Barcode, Sku, StockCount, StockLevel, Warehouse
from inventory.services import Received, book_offline_sale, post_count, receive_goods, start_count
from logistics.gateways.simulator.control import Control
from logistics.models import Courier, Delivery, Parcel, TrackingEvent, Waybill
from logistics.services import (
    buy_waybill,
    finish_picking,
    hand_over,
    handle_push,
    scan_item,
    start_picking,
    take_back,
)
from shopsite.demo_company.goods import ITEMS
from shopsite.demo_company.history.outside import load_van, write_through
from shopsite.demo_company.history.plan import Wish

LOW: Final = 14  # free units of a SKU over all warehouses below which it is ordered again
SHARES: Final = {"jdz": 5, "jx": 3, "fs": 2}


class Yard:
    """The warehouses of one run."""

    def __init__(
        self,
        seed: int,
        couriers: Control,
        wishes: dict[str, Wish],
        staff: dict[str, Any],
        skus: dict[str, Sku],
    ) -> None:
        self.seed, self.couriers, self.wishes, self.staff, self.skus = seed, couriers, wishes, staff, skus
        self.places = {place.code: place for place in Warehouse.objects.all()}
        self.cartons = {
            sku: (units, code)
            for sku, units, code in Barcode.objects.filter(quantity__gt=1).values_list(
                "sku_id", "quantity", "code"
            )
        }
        self.barcodes: dict[int, str] = dict(Barcode.objects.filter(quantity=1).values_list("sku_id", "code"))

    def hear_couriers(self, at: datetime) -> None:
        """Take in what the couriers push; what has come back to our door is taken back."""
        found = self.couriers.collect()
        for push in found["pushes"]:
            with clock.virtual(at):
                handle_push(courier_code=push["courier"], raw=push["body"].encode())
        if found["upto"]:
            write_through()
            self.couriers.collected(found["upto"])
        back = TrackingEvent.objects.filter(state="returned", parcel__state=Parcel.State.RETURNING)
        for parcel_id in sorted(set(back.values_list("parcel_id", flat=True))):
            with clock.virtual(at), acting(self.staff["warehouse"]):
                take_back(parcel_id=parcel_id)

    def receive(self, at: datetime, day: int, *, scale: float) -> None:
        """What runs low comes from the kilns, in three parts."""
        free = dict(
            StockLevel.objects.values_list("sku_id").annotate(
                free=Sum(F("on_hand") - F("reserved") - F("unavailable"))
            )
        )
        lines = []
        for item in ITEMS:
            sku = self.skus[item.code]
            if free.get(sku.pk, 0) >= LOW + item.popularity * scale * 0.35:
                continue
            dice = Random(f"{self.seed}/receipt/{day}/{item.code}")  # noqa: S311 - a story, no secret
            batch = max(20, int(item.popularity * scale * dice.uniform(0.9, 1.3)))
            for code, share in SHARES.items():
                units = max(2, batch * share // 10)
                dearer = item.cost * (100 + dice.randint(-2, 4)) / 100
                message = (f"kiln-{self.seed}", f"{day}-{item.code}-{code}")
                lines.append(Received(sku.pk, self.places[code].pk, units, dearer * units, message))
        if lines:
            with clock.virtual(at), acting(self.staff["warehouse"]):
                receive_goods(lines)

    def count(self, at: datetime, day: int) -> None:
        """One shelf a week is counted; sometimes a piece is missing, sometimes one too many."""
        dice = Random(f"{self.seed}/count/{day}")  # noqa: S311
        sku, place = self.skus[dice.choice(ITEMS).code], self.places["jdz"]
        if StockCount.objects.filter(sku=sku, warehouse=place, started_at=at).exclude(state="open").exists():
            return
        with clock.virtual(at), acting(self.staff["warehouse"]):
            count = StockCount.objects.filter(sku=sku, warehouse=place, state="open").first()
            count = count or start_count(sku=sku, warehouse=place)
            found = max(0, count.expected + dice.choice([0, 0, -1, 1]))
            post_count(count=count, counted=found, reason="周盘点")

    def sell_in_shops(self, at: datetime, day: int) -> None:
        """The tills of two shops report their sales once a day."""
        dice = Random(f"{self.seed}/till/{day}")  # noqa: S311
        for till in range(dice.randint(0, 2)):
            item, place = dice.choice(ITEMS), dice.choice(["jdz", "fs"])
            with clock.virtual(at):
                book_offline_sale(
                    source=f"till-{place}",
                    message_id=f"{self.seed}-{day}-{till}",
                    sku=self.skus[item.code],
                    warehouse=self.places[place],
                    quantity=dice.choice([1, 1, 2]),
                    at=at - timedelta(hours=3),
                )

    def miss(self, at: datetime) -> None:
        """A unit was not on the shelf, once per order that is meant to see that."""
        unlucky = [token for token, wish in self.wishes.items() if wish.short]
        deliveries = Delivery.objects.filter(
            status__in=["planned", "picking"], intercepted_at=None, order__submit_token__in=unlucky
        )
        for delivery in deliveries.order_by("pk"):
            line = delivery.lines.order_by("pk").first()
            again = Delivery.objects.filter(order_id=delivery.order_id).count() > 1
            if line is None or line.quantity == 1 or again:
                continue
            with clock.virtual(at), acting(self.staff["warehouse"]):
                finish_picking(delivery_id=delivery.pk, short={line.pk: 1})

    def pack(self, at: datetime, *, planned_before: datetime, leave: int = 0) -> None:
        """Pick and pack what was planned; `leave` keeps every n-th where it is."""
        deliveries = Delivery.objects.filter(
            status__in=["planned", "picking", "picked", "packed"],
            intercepted_at=None,
            planned_at__lt=planned_before,
        )
        for delivery in deliveries.select_related("order").order_by("pk"):
            wish = self.wishes.get(delivery.order.submit_token or "")
            stop = wish.number % leave if leave and wish else -1
            with clock.virtual(at):
                self._prepare(delivery, stop)

    def _prepare(self, delivery: Delivery, stop: int) -> None:
        if stop == 0:
            return
        if delivery.status == Delivery.Status.PLANNED:
            delivery = start_picking(delivery_id=delivery.pk)
        if stop == 1:
            return
        if delivery.status == Delivery.Status.PICKING:
            delivery = finish_picking(delivery_id=delivery.pk)
        if delivery.status == Delivery.Status.PICKED and stop != 2:
            for line in delivery.lines.order_by("pk"):
                for place, code in enumerate(self._scans(line.sku_id, line.picked)):
                    scan = f"{self.seed}-{line.pk}-{place}"
                    scan_item(delivery_id=delivery.pk, barcode=code, client_id=scan)

    def _scans(self, sku_id: int, units: int) -> list[str]:
        """The barcodes that come under the scanner: full cartons first, then pieces."""
        carton, code = self.cartons[sku_id]
        return [code] * (units // carton) + [self.barcodes[sku_id]] * (units % carton)

    def hand_over(self, at: datetime) -> None:
        """Label what is packed and give it to the couriers' drivers."""
        packed = Parcel.objects.filter(state=Parcel.State.PACKED, delivery__intercepted_at=None)
        parcels = list(packed.select_related("order", "courier").order_by("pk"))
        for parcel in parcels:
            with clock.virtual(at - timedelta(minutes=30)):
                buy_waybill(parcel_id=parcel.pk)
        if parcels:
            self._plan_fates(parcels)
            with clock.virtual(at):
                hand_over(parcel_ids=[parcel.pk for parcel in parcels])
        self._load_vans(at)

    def _load_vans(self, at: datetime) -> None:
        gone = Waybill.objects.filter(
            parcel__handed_over_at=at, direction=Waybill.Direction.FORWARD, state=Waybill.State.LIVE
        )
        vans: dict[int, list[str]] = defaultdict(list)
        for courier_id, number in gone.order_by("pk").values_list("courier_id", "number"):
            vans[courier_id].append(number)
        if vans:
            write_through()
        for courier in Courier.objects.filter(pk__in=vans):
            load_van(courier, f"{courier.code}-{at:%Y%m%d%H}", vans[courier.pk])

    def _plan_fates(self, parcels: list[Parcel]) -> None:
        numbers = dict(
            Waybill.objects.filter(parcel__in=parcels, state=Waybill.State.LIVE).values_list(
                "parcel_id", "number"
            )
        )
        fates = []
        for parcel in parcels:
            wish = self.wishes.get(parcel.order.submit_token or "")
            if wish is None or (wish.fate == "deliver" and not wish.heavy):
                continue
            fate = {"waybill": numbers[parcel.pk], "fate": wish.fate}
            if wish.heavy:
                fate["weight_g"] = parcel.weight_g + 1400
            fates.append(fate)
        if fates:
            self.couriers.plan(fates)
