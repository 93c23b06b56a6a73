"""What the returns desk refuses; each message says what to do next."""

from core.errors import DomainError


class NotReturnable(DomainError):
    """Too late, not delivered, or more units than are left."""

    code = "not_returnable"


class CountsDisagree(DomainError):
    """The units received, judged and asked for do not fit together."""

    code = "counts_disagree"
