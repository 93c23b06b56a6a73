"""Facts are guarded by the database: every declared trigger is there, as declared and enabled (I52)."""

import pgtrigger
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def states() -> dict[str, str]:
    return {
        f"{model._meta.label}:{trigger.name}": trigger.get_installation_status(model)[0]
        for model, trigger in pgtrigger.registered()
    }


def test_every_declared_trigger_is_installed_and_enabled():
    found = states()
    assert len(found) > 40
    assert {name: state for name, state in found.items() if state != "INSTALLED"} == {}


@pytest.mark.breach
def test_a_dropped_trigger_is_noticed():
    from core.models import StatusChange

    trigger = next(t for m, t in pgtrigger.registered() if m is StatusChange and t.name == "append_only")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger.get_pgid(StatusChange)} ON core_statuschange")
    assert states()["core.StatusChange:append_only"] == "UNINSTALLED"
