"""Personal data in clear: by right, for a reason, written down, and never many a day (S41, F102)."""

from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock, rights
from core.errors import InvalidInput
from core.locks import lock_one
from crm.errors import DailyCapReached
from crm.models import Customer, Reveal, User

DAILY_CAP: Final = 50


@transaction.atomic
def reveal_customer(*, customer_id: int, by: Any, reason: str) -> dict[str, str]:
    """Name, phone and e-mail of a customer without masks.

    Raises NotAllowed without the right, InvalidInput without a reason, DailyCapReached after 50 looks
    of one person on one business day. A refused look shows and writes nothing.
    """
    rights.require(by, "crm.reveal")
    if not reason.strip():
        raise InvalidInput(_("Say why you need to see this record."))
    lock_one(User, pk=by.pk)  # two looks at once must not both be the fiftieth
    start, end = clock.day_bounds(clock.today())
    if Reveal.objects.filter(by=by, at__gte=start, at__lt=end).count() >= DAILY_CAP:
        raise DailyCapReached(
            _("You have opened %(cap)s records today. Ask your manager for an export.") % {"cap": DAILY_CAP}
        )
    customer = Customer.objects.get(pk=customer_id)
    Reveal.objects.create(customer=customer, by=by, reason=reason.strip()[:200], at=clock.now())
    return {"name": customer.name, "phone": str(customer.phone or ""), "email": customer.email}
