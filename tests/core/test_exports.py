"""The command and the job that write reports: files, JSON, exit codes, refusals."""

import json

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from core import jobs
from core.models import Job

pytestmark = pytest.mark.django_db


def run(capsys, *args: str) -> tuple[int, dict]:
    code = 0
    try:
        call_command("export_report", *args, "--json")
    except SystemExit as end:
        code = end.code
    return code, json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_the_command_writes_the_file_and_says_what_is_in_it(tmp_path, capsys):
    out = tmp_path / "ledger.xlsx"
    code, figures = run(capsys, "ledger", "--from", "2026-09-01", "--to", "2026-09-30", "--out", str(out))
    assert code == 0
    assert figures == {
        "report": "ledger",
        "file": str(out),
        "rows": 0,
        "totals": {"debit": "0.00", "credit": "0.00"},
        "ledger_totals": {"debit": "0.00", "credit": "0.00"},
        "differences": {"debit": "0.00", "credit": "0.00"},
    }
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("first", "last", "entity"),
    [("2026-09-30", "2026-09-01", ""), ("2026-09-31", "", ""), ("2026-09-01", "2026-09-02", "nobody")],
)
def test_wrong_parameters_are_refused_and_leave_no_file(tmp_path, capsys, first, last, entity):
    out = tmp_path / "x.csv"
    code, figures = run(
        capsys, "ledger", "--from", first, "--to", last, "--entity", entity, "--out", str(out)
    )
    assert code == 1
    assert figures["refused"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_refusal(tmp_path, capsys):
    code, figures = run(capsys, "ledger", "--out", str(tmp_path / "no" / "x.csv"))
    assert code == 2
    assert "x.csv" in figures["error"]


def test_an_unknown_report_is_refused_with_the_names_of_all(tmp_path):
    with pytest.raises(CommandError, match="'ageing'"):
        call_command("export_report", "nothing", "--out", str(tmp_path / "x.csv"))


@pytest.mark.django_db(transaction=True)
def test_a_report_as_a_job_leaves_its_file_and_figures():
    job = jobs.start_job(
        "export_report",
        parameters={"report": "ledger", "from": "2026-09-01", "to": "2026-09-30", "format": "csv"},
    )
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["differences"]) == (Job.State.DONE, {"debit": "0.00", "credit": "0.00"})
    with storages["private"].open(job.result_file) as file:
        assert file.read().startswith(b"\xef\xbb\xbf")
