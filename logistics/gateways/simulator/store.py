"""The simulator's own SQLite file: one writer at a time, whole after a kill."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

BEIJING = timezone(timedelta(hours=8))

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parcel (
    waybill TEXT PRIMARY KEY, courier TEXT NOT NULL, reference TEXT NOT NULL,
    service TEXT NOT NULL, forward_waybill TEXT, return_waybill TEXT, children TEXT NOT NULL,
    province TEXT NOT NULL, zone TEXT NOT NULL, weight_g INTEGER NOT NULL,
    declared TEXT NOT NULL, cod TEXT NOT NULL, collected TEXT NOT NULL DEFAULT '0.00',
    state TEXT NOT NULL, fate TEXT NOT NULL DEFAULT 'deliver', step INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, taken_at TEXT, delivered_at TEXT, manifest TEXT, remittance TEXT
);
CREATE INDEX IF NOT EXISTS parcel_reference ON parcel (courier, reference);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, waybill TEXT NOT NULL, at TEXT NOT NULL, code TEXT NOT NULL,
    status TEXT NOT NULL, text TEXT NOT NULL, place TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS charge (
    id INTEGER PRIMARY KEY, waybill TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,
    amount TEXT NOT NULL, at TEXT NOT NULL, statement TEXT
);
CREATE TABLE IF NOT EXISTS statement (
    number TEXT PRIMARY KEY, courier TEXT NOT NULL, period TEXT NOT NULL, content BLOB NOT NULL,
    plan TEXT NOT NULL, billed TEXT NOT NULL, made_at TEXT NOT NULL, UNIQUE (courier, period)
);
CREATE TABLE IF NOT EXISTS remittance (
    number TEXT PRIMARY KEY, courier TEXT NOT NULL, paid_on TEXT NOT NULL, content BLOB NOT NULL,
    cash TEXT NOT NULL, fees TEXT NOT NULL, netted TEXT NOT NULL, paid TEXT NOT NULL, lines TEXT NOT NULL,
    UNIQUE (courier, paid_on)
);
CREATE TABLE IF NOT EXISTS manifest (
    courier TEXT NOT NULL, number TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (courier, number)
);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, op TEXT NOT NULL, kind TEXT NOT NULL,
    seconds REAL NOT NULL, times INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS push (
    id INTEGER PRIMARY KEY, waybill TEXT NOT NULL, event INTEGER NOT NULL
);
"""


class Store:
    """A connection behind a lock. `turn()` is a transaction that nothing else interleaves with."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._lock = threading.RLock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run(sql, *values).fetchall()]

    def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def get(self, name: str, default: Any = None) -> Any:
        found = self.row("SELECT value FROM meta WHERE name = ?", name)
        return json.loads(found["value"]) if found else default

    def put(self, name: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, json.dumps(value))

    def next_number(self, name: str) -> int:
        number = int(self.get(name, 0)) + 1
        self.put(name, number)
        return number

    def now(self) -> datetime:
        """The virtual clock, in Beijing time."""
        return datetime.fromisoformat(self.get("clock"))

    def close(self) -> None:
        with self._lock:
            self._db.close()
