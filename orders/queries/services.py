"""How far the goods and services of an order are."""

from django.db import connection
from django.db.models import F, Q, QuerySet

from logistics.queries import units_by_whereabouts
from orders.order.models import Line, Order
from orders.rules.delivery_state import Whereabouts

_IN_FORCE = Q(cancelled_quantity__lt=F("quantity"))


def whereabouts(*, order: Order) -> Whereabouts:
    """Where the units of an order's goods are, and how many of its services are performed."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [order.pk])
        ordered, services, performed = cursor.fetchone()
    return Whereabouts(
        ordered=ordered, services=services, performed=performed, **units_by_whereabouts(order_id=order.pk)
    )


# Written out, because every parcel asks it several times and the ORM takes longer to word it than to ask.
_COUNTED = """
    SELECT coalesce(sum(l.quantity - l.cancelled_quantity) FILTER (WHERE l.service = ''), 0),
           count(*) FILTER (WHERE l.service <> '' AND l.cancelled_quantity < l.quantity),
           count(*) FILTER (WHERE r.outcome = 'performed')
      FROM order_line l LEFT JOIN orders_servicereport r ON r.line_id = l.id
     WHERE l.order_id = %s
"""


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
