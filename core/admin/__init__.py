from . import approvals, events, jobs, people

__all__ = ["approvals", "events", "jobs", "people"]
