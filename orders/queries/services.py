"""How far the goods and services of an order are."""

from django.db.models import Count, F, Q, QuerySet, Sum

from logistics.queries import units_by_whereabouts
from orders.models import ServiceReport
from orders.order.models import Line, Order
from orders.rules.delivery_state import Whereabouts

_IN_FORCE = Q(cancelled_quantity__lt=F("quantity"))


def whereabouts(*, order: Order) -> Whereabouts:
    """Where the units of an order's goods are, and how many of its services are performed."""
    counted = order.lines.aggregate(
        ordered=Sum(F("quantity") - F("cancelled_quantity"), filter=Q(service=""), default=0),
        services=Count("pk", filter=_IN_FORCE & ~Q(service="")),
        performed=Count("pk", filter=Q(service_report__outcome=ServiceReport.Outcome.PERFORMED)),
    )
    return Whereabouts(**counted, **units_by_whereabouts(order_id=order.pk))


def open_services() -> QuerySet[Line]:
    """Services that are neither performed nor cancelled, of whatever order."""
    lines: QuerySet[Line] = Line.objects.filter(_IN_FORCE, service_report=None)
    return lines.exclude(service="").order_by("pk")


def services_by_hand(order: Order) -> list[Line]:
    """The open services of an order that wait for somebody to report them."""
    return list(open_services().filter(order=order, service=Line.Service.BY_HAND))


def awaiting_service() -> QuerySet[Order]:
    """Orders whose goods are settled and that wait for somebody to report a service done."""
    open_lines = open_services().filter(service=Line.Service.BY_HAND)
    goods = Line.objects.filter(service="", delivered_quantity__lt=F("quantity") - F("cancelled_quantity"))
    under_way = [Order.Status.CONFIRMED, Order.Status.IN_FULFILMENT]
    return Order.objects.filter(status__in=under_way, pk__in=open_lines.values("order_id")).exclude(
        ~Q(delivery_state=Order.DeliveryState.PART_REFUSED), pk__in=goods.values("order_id")
    )
