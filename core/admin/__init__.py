from . import approvals, events, jobs, people, schedule

__all__ = ["approvals", "events", "jobs", "people", "schedule"]
