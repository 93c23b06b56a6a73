"""An SMS provider that runs beside us: its own store under var/, its own idea of what it has taken.

It can be told to fail in the ways real ones do: refuse, or take the message and lose the answer. Its
outbox is the oracle of tests and what the demo shows instead of a phone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from crm.gateways.protocol import Sent, TryAgain, Unknown

_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS taken (
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, phone TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS mood (id INTEGER PRIMARY KEY AUTOINCREMENT, mood TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class TakenSms:
    reference: str
    key: str
    phone: str
    body: str


class SmsSimulator:
    """Takes what it is given, doubles too: most providers do not look at keys."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(settings.SMS_SIMULATOR_STORE)

    def send(self, *, key: str, to: str, subject: str, body: str) -> Sent:
        """Take a message, unless the next mood says otherwise."""
        with self._store() as store:
            mood = self._next_mood(store)
            if mood == "refuse":
                raise TryAgain("the simulator refuses")
            cursor = store.execute("INSERT INTO taken (key, phone, body) VALUES (?, ?, ?)", (key, to, body))
            store.commit()
            if mood == "lose_answer":
                raise Unknown("the simulator has lost its answer")
            return Sent(f"SIM{cursor.lastrowid}")

    def find(self, *, key: str) -> Sent | None:
        """Whether a message with this key was taken."""
        with self._store() as store:
            row = store.execute("SELECT id FROM taken WHERE key = ?", (key,)).fetchone()
        return Sent(f"SIM{row[0]}") if row else None

    def taken(self) -> list[TakenSms]:
        """All messages that the provider has, oldest first."""
        with self._store() as store:
            rows = store.execute("SELECT id, key, phone, body FROM taken ORDER BY id").fetchall()
        return [TakenSms(f"SIM{id}", key, phone, body) for id, key, phone, body in rows]

    def be(self, *moods: str) -> None:
        """Fix how the next messages are answered, in order: take, refuse or lose_answer."""
        with self._store() as store:
            store.executemany("INSERT INTO mood (mood) VALUES (?)", [(mood,) for mood in moods])
            store.commit()

    def _next_mood(self, store: sqlite3.Connection) -> str:
        row = store.execute(
            "DELETE FROM mood WHERE id = (SELECT min(id) FROM mood) RETURNING mood"
        ).fetchone()
        store.commit()
        return row[0] if row else "take"

    @contextmanager
    def _store(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=10)) as store:
            store.executescript(_SCHEMA)
            yield store
