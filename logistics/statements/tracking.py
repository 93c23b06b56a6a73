"""A courier's scans as a file, in the layout of `import_tracking`: one row a scan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from core.tabular import BULK, Blob, CellProblem, CellReader, column_set, open_table
from logistics.rules.tracking import Event, State

STATES = {state.value: state for state in State} | {
    "已揽收": State.COLLECTED,
    "运输中": State.IN_TRANSIT,
    "派送中": State.OUT_FOR_DELIVERY,
    "派件中": State.OUT_FOR_DELIVERY,
    "待取件": State.AT_PICKUP_POINT,
    "已签收": State.DELIVERED,
    "签收": State.DELIVERED,
    "疑难": State.EXCEPTION,
    "拒收": State.REFUSED,
    "退回中": State.RETURNING,
    "退签": State.RETURNED,
    "已退回": State.RETURNED,
    "遗失": State.LOST,
}
COLUMNS = column_set(
    "courier.tracking",
    {
        "waybill": ["waybill", "运单号"],
        "at": ["at", "scanned_at", "扫描时间", "时间"],
        "state": ["state", "status", "状态"],
    },
    {
        "text": ["text", "描述", "轨迹"],
        "place": ["place", "地点", "网点"],
        "return_waybill": ["return_waybill", "退回单号"],
    },
)


@dataclass
class TrackedWaybill:
    """All scans of one waybill in the file, the first row that names it, and the number of its return."""

    row_no: int
    events: list[Event] = field(default_factory=list)
    return_waybill: str = ""


@dataclass
class TrackingFile:
    waybills: dict[str, TrackedWaybill] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    read: int = 0

    @property
    def rows_to_review(self) -> int:
        return len({(problem.sheet, problem.row) for problem in self.problems})


def read_tracking(
    source: bytes | str | Path | Blob, *, zone: dt.tzinfo, name: str = "", courier: str = ""
) -> TrackingFile:
    """Every readable scan. `zone` is that of times without one. Raises RefusedFile."""
    found = TrackingFile()
    with open_table(source, COLUMNS, name=name, limits=BULK) as table:
        for row in table.rows():
            found.read += 1
            cell = CellReader(table, row)
            waybill = cell.waybill("waybill", required=True, courier=courier)
            at = cell.datetime("at", zone=zone, required=True)
            state = cell.choice("state", STATES, required=True)
            if cell.problems or at is None or state is None:
                found.problems += cell.problems
                continue
            tracked = found.waybills.setdefault(waybill, TrackedWaybill(row.number))
            tracked.events.append(Event(at, state, "", cell.text("text"), cell.text("place")))
            tracked.return_waybill = cell.waybill("return_waybill") or tracked.return_waybill
    return found
