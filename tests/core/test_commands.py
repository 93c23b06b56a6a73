"""How every command ends: figures once, refusals and hindrances aside, the code that the documents name."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from core.commands import ALL, TO_REVIEW, FiguresCommand, NotRun
from core.errors import DomainError


class Counts(FiguresCommand):
    requires_system_checks = []

    def __init__(self, outcome):
        super().__init__()
        self.outcome = outcome

    def work(self, options):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return {"rows": 2, "sum": Decimal("1.50"), "refused": 1}, self.outcome


def run(outcome, *arguments):
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(Counts(outcome), *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue().strip()


@pytest.mark.parametrize("code", [ALL, TO_REVIEW])
def test_figures_are_a_line_for_people_and_an_object_for_programs(code):
    assert run(code) == (code, "rows 2, sum 1.50, refused 1\n", "")
    ended, out, err = run(code, "--json")
    assert (ended, json.loads(out), err) == (code, {"rows": 2, "sum": "1.50", "refused": 1}, "")


@pytest.mark.parametrize(
    ("outcome", "code", "key", "said"),
    [
        (DomainError("Not this one."), 1, "refused", "Not this one."),
        (NotRun("There is no file."), 2, "error", "There is no file."),
        (FileNotFoundError("x.csv"), 2, "error", "could not run: x.csv"),
        (DatabaseError("gone"), 2, "error", "could not run: gone"),
    ],
)
def test_what_did_not_happen_is_said_aside_and_in_the_object(outcome, code, key, said):
    assert run(outcome) == (code, "", said)
    ended, out, err = run(outcome, "--json")
    assert (ended, json.loads(out), err) == (code, {key: said}, said)


def test_a_fault_of_ours_is_not_dressed_up_as_a_refusal():
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())
