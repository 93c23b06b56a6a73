"""What warehouse and couriers refuse; each message says what to do next."""

from core.errors import DomainError


class Intercepted(DomainError):
    """The order has been changed or cancelled: put the goods back."""

    code = "intercepted"


class AlreadyGone(DomainError):
    """The parcel is with the courier; it can only come back."""

    code = "already_gone"


class NotReady(DomainError):
    """An earlier step is missing."""

    code = "not_ready"


class NoCourier(DomainError):
    """No courier takes this parcel there."""

    code = "no_courier"


class StatementError(DomainError):
    """A step with a courier's statement that is not possible."""

    code = "statement"


class RemittanceError(DomainError):
    """A step with a courier's remittance that is not possible."""

    code = "remittance"
