"""Benches in small: what they print, that only right answers count, that nothing is left. Never times."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from core import benching
from core.benching import Bench, Scale

pytestmark = pytest.mark.django_db(transaction=True)


def migrated() -> str:
    """The database that every test process was copied from."""
    return connection.settings_dict["TEST"]["TEMPLATE"]


def databases() -> set[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE '%%_bench_%%'")
        return {row[0] for row in cursor.fetchall()}


def run(*arguments) -> dict:
    out = StringIO()
    small = ["--rounds", "1", "--seconds", "0.3", "--clients", "2", "--template", migrated()]
    call_command("bench", *arguments, *small, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])["benches"]


def test_benches_tell_figure_limit_peer_and_ratios_side_by_side_and_leave_nothing():
    before = databases()
    benches = run("--rows", "600")
    assert [told["name"] for told in benches] == ["courier_match", "wide_skus"]
    for told in benches:
        assert (told["rows"], told["rounds"]) == (600, 1)
        assert min(told["figure"], told["limit"], told["peer"]) > 0
        assert told["ratio_limit"] == told["spread"][0] == told["spread"][1]
        assert told["ratio_limit"] == pytest.approx(told["figure"] / told["limit"], abs=0.05)
        assert told["durable"] is False  # the servers of tests do not wait for the disk
    assert databases() == before
    assert connection.settings_dict["NAME"] not in databases()


def test_an_unknown_bench_ends_with_two_and_names_those_that_exist():
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("bench", "nothing", stderr=err, stdout=StringIO())
    assert end.value.code == 2
    assert "courier_match, wide_skus" in err.getvalue()


class Sums(Bench):
    name, unit, rows = "sums", "sums/s", 1

    def prepare(self, scale):
        self.speeds = iter([100.0, 50.0, 300.0, 60.0, 100.0, 90.0])
        self.cleaned = 0

    def limit(self):
        return next(self.speeds)

    ours = limit

    def clean(self):
        self.cleaned += 1


def test_the_ratio_is_formed_in_each_round_and_the_middle_one_is_told():
    bench = Sums()
    told = benching.measure(bench, Scale(rows=1, rounds=3))
    assert (told.ratio_limit, told.spread, told.figure, told.limit) == (0.5, (0.2, 0.9), 60.0, 100.0)
    assert (told.peer, told.ratio_peer, bench.cleaned) == (None, None, 1)


def test_a_wrong_answer_makes_the_run_void_and_the_database_is_dropped():
    before = databases()
    with pytest.raises(RuntimeError, match="void"), benching.own_database(template=migrated()):
        raise RuntimeError("void")
    assert databases() == before


def test_one_process_that_fails_fails_all():
    def begin(number):
        def act():
            if number:
                raise ValueError("no")

        return act

    with pytest.raises(RuntimeError, match="ValueError: no"):
        benching.at_once(clients=2, seconds=0.1, begin=begin)
