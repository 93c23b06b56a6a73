import pytest
from django.core.files.storage import storages
from django.utils import translation

from core import clock
from core.errors import IllegalMove
from core.job_kinds import kind_names
from core.jobs import cancel_job, find_stuck, retry_job, run_job, start_job
from core.jobs import execution as jobs_execution
from core.jobs import job as job_kind
from core.jobs import run as jobs_run
from core.models import Job, JobProgress, StatusChange
from shopsite.demo_company import HISTORY
from tests.core.eventful import effects
from tests.core.jobbing import count  # noqa: F401 - registers the kind
from tests.core.workers import killed_at, silence
from tests.crm.builders import a_user
from tests.threads import at_once, eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private_files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        }
    }


def a_job(rows=5, **parameters) -> Job:
    return start_job("tests.count", parameters={"rows": rows, **parameters})


def steps(job: Job) -> list[str]:
    return list(
        StatusChange.objects.filter(origin_kind="job", origin_id=job.pk)
        .order_by("id")
        .values_list("new", flat=True)
    )


def test_job_runs_to_its_result_and_file():
    job = a_job()
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, job.result, job.attempts) == ("done", 5, {"rows": 5}, 1)
    assert (job.progress.done, job.progress.total) == (5, 5)
    assert effects() == [0, 1, 2, 3, 4]
    assert job.result_file == f"jobs/{job.public_id}/counted.csv"
    with storages["private"].open(job.result_file) as file:
        assert file.read() == b"number\n"
    assert steps(job) == ["running", "done"]
    assert not run_job(job.pk)


@pytest.mark.parametrize("together", [1, 2, 7])
def test_bad_rows_are_named_and_stop_nothing(together):
    job = a_job(5, bad=[1, 3], together=together)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    assert effects() == [0, 2, 4]
    errors = [(e.row, e.column, e.message) for e in job.errors.order_by("row")]
    assert errors == [
        (2, "number", "This row is bad. Correct it."),
        (4, "number", "This row is bad. Correct it."),
    ]


def test_broken_job_fails_with_its_words_and_goes_on_behind_its_last_step():
    job = a_job(5, broken=2)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.cursor) == ("failed", "ZeroDivisionError: row", 2)
    job.parameters["broken"] = None
    job.save(update_fields=["parameters"])
    retry_job(job_id=job.pk)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert effects() == [0, 1, 2, 3, 4]


def test_second_submit_is_the_job_under_way_until_that_has_ended():
    job = a_job()
    assert a_job() == job
    assert a_job(6) != job
    run_job(job.pk)
    assert a_job() != job


@pytest.mark.django_db(transaction=True)
def test_eight_submits_at_once_are_one_job():
    assert len(set(at_once(8, lambda _: a_job().pk))) == 1
    assert Job.objects.count() == 1


def test_waiting_job_is_cancelled_at_once_and_a_finished_one_never():
    job = a_job()
    assert cancel_job(job_id=job.pk).state == "cancelled"
    assert not run_job(job.pk)
    assert effects() == []
    with pytest.raises(IllegalMove):
        cancel_job(job_id=job.pk)


@pytest.mark.django_db(transaction=True)
def test_running_job_stops_after_its_step_and_shows_its_progress_meanwhile():
    seen = []

    @job_kind("tests.slow")
    def slow(run) -> None:
        run.expect(10)
        with run.step(1):
            run.show(7)
            eventually(lambda: _elsewhere(lambda: JobProgress.objects.get(job_id=run.job_id).done == 7))
            seen.append(_elsewhere(lambda: Job.objects.get(pk=run.job_id).cursor))
            _elsewhere(lambda: cancel_job_by_sql(run.job_id))
            eventually(run._pulse.cancel_asked)
        with run.step(2):
            seen.append("too far")

    job = start_job("tests.slow")
    run_job(job.pk)
    job.refresh_from_db()
    assert seen == [0]
    assert (job.state, job.cursor) == ("cancelled", 1)


def cancel_job_by_sql(job_id: int) -> None:
    JobProgress.objects.filter(job_id=job_id).update(cancel_asked=True)


def _elsewhere(work):
    """Ask on another connection, as another process would."""
    (answer,) = at_once(1, lambda _: work())
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.mark.django_db(transaction=True)
def test_long_job_gives_its_place_back_and_goes_on(monkeypatch):
    monkeypatch.setattr(jobs_run, "SHIFT_SECONDS", -1.0)
    job = a_job()
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, job.attempts) == ("queued", 0, 0)
    monkeypatch.undo()
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done"


@pytest.mark.django_db(transaction=True)
def test_worker_that_was_taken_for_dead_cannot_write_any_more():
    job = a_job(3)
    first = jobs_execution._take(job.pk)
    silence(job)
    assert list(find_stuck()) == [job]
    assert run_job(job.pk)
    with jobs_execution.Pulse(job.pk) as pulse:
        late = jobs_run.Run(first, pulse)
        with pytest.raises(jobs_run.JobTaken):
            late.each(range(3), lambda number: effects().append(number))
    assert effects() == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["jobs.after_take", "jobs.before_mark", "jobs.after_step"])
def test_job_of_a_killed_worker_is_finished_by_the_next_exactly_once(point):
    job = a_job(4)
    killed_at(point, job)
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.takes) == ("done", 2, 2)
    assert effects() == [0, 1, 2, 3]
    assert steps(job) == ["running", "queued", "running", "done"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_effect_and_mark_in_one_transaction_a_killed_worker_doubles_a_row():
    job = a_job(4)
    killed_at("jobs.before_mark", job, guards_off="F83")
    assert run_job(job.pk)
    assert effects() == [0, 0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_job_that_kills_every_worker_is_given_up():
    job = a_job(4)
    for _ in range(jobs_execution.MAX_ATTEMPTS):
        assert jobs_execution._take(job.pk)
        silence(job)
    assert not run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "5 workers died" in job.error


@pytest.mark.django_db(transaction=True)
def test_two_workers_woken_for_one_job_do_it_once():
    job = a_job(20)
    taken = at_once(2, lambda _: run_job(job.pk))
    assert sorted(taken) == [False, True]
    assert effects() == list(range(20))


def test_who_started_the_job_is_the_actor_of_what_it_does():
    person = a_user(is_staff=True)
    job = start_job("tests.count", parameters={"rows": 1}, by=person)
    run_job(job.pk)
    assert StatusChange.objects.get(origin_kind="job", new="done").actor == person


def test_a_kind_whose_work_is_a_program_of_its_own_has_a_name_but_no_worker_takes_it():
    story = Job.objects.create(kind=HISTORY, fingerprint="x", created_at=clock.now())
    with translation.override("en"):
        assert str(story) == f"History of the demo company {story.pk}"
    with translation.override("zh-hans"):
        assert str(story) == f"演示公司的历史 {story.pk}"
    assert HISTORY not in kind_names()


def test_a_failed_job_whose_kind_no_worker_here_knows_is_not_queued_again():
    """The demo's history, and what another release has left."""
    for kind, english, chinese in (
        (HISTORY, "History of the demo company", "演示公司的历史"),
        ("later.kind", "later.kind", "later.kind"),
    ):
        job = Job.objects.create(
            kind=kind, fingerprint="x", state="failed", error="disk full", created_at=clock.now()
        )
        JobProgress.objects.create(job=job)
        for language, words in (
            ("en", f"No worker here knows the work “{english}”. Start it where it was started."),
            ("zh-hans", f"这里没有能处理“{chinese}”的后台进程。请在最初启动它的地方重新启动。"),
        ):
            with translation.override(language), pytest.raises(IllegalMove) as refused:
                retry_job(job_id=job.pk)
            assert str(refused.value) == words
        job.refresh_from_db()
        assert (job.state, job.error) == ("failed", "disk full")
