from .approvals import ApprovalPolicy, ApprovalRequest, ApprovalStep, ApprovalTry
from .entities import LegalEntity
from .events import Event, EventDelivery
from .jobs import Job, JobError, JobProgress
from .notes import Note
from .periodic import Heartbeat, PeriodicJob, PeriodicRun
from .rights import RoleGrant
from .states import StatusChange

__all__ = [
    "ApprovalPolicy",
    "ApprovalRequest",
    "ApprovalStep",
    "ApprovalTry",
    "Event",
    "EventDelivery",
    "Heartbeat",
    "Job",
    "JobError",
    "JobProgress",
    "LegalEntity",
    "Note",
    "PeriodicJob",
    "PeriodicRun",
    "RoleGrant",
    "StatusChange",
]
