from datetime import UTC, datetime, timedelta

import pytest

from core import clock, states
from core.audit import acting
from core.errors import InvalidInput
from core.jobs import start_job
from core.models import Note
from core.notes import timeline, write_note
from core.origins import of
from tests.core.eventful import Counted, tell
from tests.core.jobbing import count  # noqa: F401 - registers the kind
from tests.crm.builders import a_user

pytestmark = pytest.mark.django_db


def test_timeline_tells_steps_facts_and_notes_latest_first(django_assert_num_queries):
    clerk = a_user(is_staff=True)
    with clock.virtual(datetime(2026, 3, 1, tzinfo=UTC)) as time:
        job = start_job("tests.count", parameters={"rows": 0})
        about = of(job)
        with acting(clerk):
            states.move(job, "running", transitions=job.TRANSITIONS, field="state", reason="asked for")
        time.move_by(timedelta(minutes=1))
        write_note(about=about, text="  Watch this one. ", by=clerk)
        tell(Counted(5), about=about.id)
        time.move_by(timedelta(minutes=1))
        states.move(job, "done", transitions=job.TRANSITIONS, field="state")
    with django_assert_num_queries(3):
        moments = timeline(about)
    assert [(m.kind, m.actor) for m in moments] == [("step", None), ("note", clerk), ("step", clerk)]
    assert moments[1].text == "Watch this one."
    assert moments[2].detail["reason"] == "asked for"


def test_empty_note_is_refused():
    clerk = a_user()
    job = start_job("tests.count", parameters={"rows": 0})
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(InvalidInput):
            write_note(about=of(job), text=text, by=clerk)
    assert not Note.objects.exists()
