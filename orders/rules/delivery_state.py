"""What an order's delivery axis shows, derived from where its units are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Units of an order's goods by what has become of them, and how many of its services are performed.

    `ordered` and `services` are without what was cancelled.
    """

    ordered: int
    moving: int = 0
    delivered: int = 0
    refused: int = 0
    returning: int = 0
    returned: int = 0
    lost: int = 0
    services: int = 0
    performed: int = 0

    @property
    def left_house(self) -> int:
        return self.moving + self.delivered + self.undelivered

    @property
    def undelivered(self) -> int:
        return self.refused + self.returning + self.returned + self.lost

    @property
    def goods_settled(self) -> bool:
        """Every unit has left and none is on its way to the customer any more."""
        return self.left_house >= self.ordered and self.moving == 0

    @property
    def is_settled(self) -> bool:
        """Nothing of it is still to be sent, to arrive or to be performed."""
        return self.ordered + self.services > 0 and self.goods_settled and self.performed >= self.services


def delivery_state(units: Whereabouts) -> str:
    """The code of the delivery axis."""
    if units.left_house + units.performed == 0:
        return "none"
    if units.delivered or units.performed:
        if units.delivered >= units.ordered and units.performed >= units.services:
            return "delivered"
        return "part_refused" if units.undelivered and not units.moving else "part_delivered"
    if units.moving:
        return "shipped" if units.left_house >= units.ordered else "part_shipped"
    for state in ("lost", "returning", "returned", "refused"):
        if getattr(units, state):
            return state
    raise AssertionError("units have left the house but are nowhere")
