"""Facts that the kernel itself announces."""

from dataclasses import dataclass

from core.origins import Origin


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """The last signature was given, or one was refused."""

    request_id: int
    kind: str
    about: Origin
    version: int
    approved: bool
