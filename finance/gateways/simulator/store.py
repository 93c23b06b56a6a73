"""The provider's file: schema, one connection behind a lock, its settings and its clock.

Every answer is given after the commit, and a commit is on disk: a killed process loses nothing that it has
acknowledged.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from finance.gateways.base import BEIJING

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS trade (
    id INTEGER PRIMARY KEY,
    trade_no TEXT NOT NULL UNIQUE,
    out_trade_no TEXT NOT NULL UNIQUE,
    cashier_token TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED')),
    total INTEGER NOT NULL CHECK (total > 0),
    fee INTEGER NOT NULL DEFAULT 0 CHECK (fee BETWEEN 0 AND total),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND total),
    fee_returned INTEGER NOT NULL DEFAULT 0 CHECK (fee_returned BETWEEN 0 AND fee),
    buyer_id TEXT NOT NULL,
    buyer_logon_id TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    return_url TEXT NOT NULL,
    passback_params TEXT NOT NULL,
    expires_at TEXT,
    created_at TEXT NOT NULL,
    paid_at TEXT,
    closed_at TEXT,
    CHECK (refunded = 0 OR paid_at IS NOT NULL)
) STRICT;
CREATE INDEX IF NOT EXISTS trade_waiting ON trade (expires_at) WHERE status = 'WAIT_BUYER_PAY';
CREATE INDEX IF NOT EXISTS trade_paid ON trade (paid_at);
CREATE TABLE IF NOT EXISTS refund (
    id INTEGER PRIMARY KEY,
    trade_id INTEGER NOT NULL REFERENCES trade,
    out_request_no TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    fee_returned INTEGER NOT NULL CHECK (fee_returned >= 0),
    refunded_so_far INTEGER NOT NULL,
    reason TEXT NOT NULL,
    refunded_at TEXT NOT NULL,
    UNIQUE (trade_id, out_request_no)
) STRICT;
CREATE INDEX IF NOT EXISTS refund_day ON refund (refunded_at);
CREATE TABLE IF NOT EXISTS payout (
    id INTEGER PRIMARY KEY,
    payout_no TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    bank TEXT NOT NULL,
    paid_out_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS movement (
    id INTEGER PRIMARY KEY,
    business_no TEXT NOT NULL,
    merchant_no TEXT NOT NULL,  -- the order's number; on a refund the request's
    subject TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    kind TEXT NOT NULL,
    income INTEGER NOT NULL DEFAULT 0 CHECK (income >= 0),
    outgo INTEGER NOT NULL DEFAULT 0 CHECK (outgo >= 0),
    balance INTEGER NOT NULL CHECK (balance >= 0),
    memo TEXT NOT NULL,
    moved_at TEXT NOT NULL,
    CHECK ((income = 0) <> (outgo = 0))
) STRICT;
CREATE INDEX IF NOT EXISTS movement_day ON movement (moved_at);
CREATE TABLE IF NOT EXISTS notice (
    id INTEGER PRIMARY KEY,
    notify_id TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    url TEXT NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('pending', 'behind', 'held', 'dropped', 'acknowledged', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    last_status INTEGER,
    last_answer TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS notice_open ON notice (due_at) WHERE state IN ('pending', 'behind', 'held');
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    times INTEGER NOT NULL,
    argument TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY,
    method TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    code TEXT NOT NULL,
    called_at TEXT NOT NULL
) STRICT;
"""
CLOCK = "clock"


class Store:
    """The file. `transaction()` gives the connection inside BEGIN IMMEDIATE, one caller at a time."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._db.close()


def setting(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM setting WHERE name = ?", [name]).fetchone()
    return row["value"] if row else None


def keep_setting(db: sqlite3.Connection, name: str, value: str | None) -> None:
    if value is None:
        db.execute("DELETE FROM setting WHERE name = ?", [name])
    else:
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])


def now(db: sqlite3.Connection) -> datetime:
    """Beijing time: the virtual clock if one is set (it stands still), else the real one."""
    virtual = setting(db, CLOCK)
    at = datetime.fromisoformat(virtual) if virtual else datetime.now(BEIJING)
    return at.astimezone(BEIJING)


def stamp(at: datetime) -> str:
    """How times are stored: Beijing, sortable, as the provider prints them."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def from_stamp(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)


def yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
