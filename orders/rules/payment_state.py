"""What an order's payment axis shows, derived from its money and never set by hand (F34)."""

from decimal import Decimal


def payment_state(
    *, term: str, total: Decimal, received: Decimal, refunded: Decimal, collected: Decimal, handled: bool
) -> str:
    """The code of the payment axis.

    `received` came before or beside delivery, `collected` was paid to a courier at the door,
    `refunded` was decided to go back. `handled` is true once nothing more will be collected.
    """
    paid = received + collected
    if refunded > 0:
        return "refunded" if refunded >= paid else "part_refunded"
    if paid > total:
        return "overpaid"
    if paid == total:
        return "paid"
    if paid > 0:
        return "part_paid"
    return "due_on_delivery" if term == "cod" and not handled else "unpaid"
