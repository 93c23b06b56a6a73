"""Files that people send in: which kinds there are, whose they are, who may send them, what reads them.

An app offers an `Intake` in its `tasks.py`. The back office has one page for all of them: the file is kept
as it came in private storage and read by a job, which ends with a `Reading` that any page can show.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from django.core.files import File
from django.core.files.storage import storages
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, jobs, rights
from core.errors import InvalidInput
from core.models import Job
from core.reasons import stored
from core.tabular.badrows import told_rows_file
from core.tabular.limits import MIB, STANDARD

FOLDER: Final = "uploads"
KEPT_FOR: Final = timedelta(days=7)  # a failed job may be repeated for so long
SHOWN: Final = 200  # rows with a problem on the page; all of them are in the file to download


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody has sent in, as its reader gets it."""

    data: bytes
    filename: str
    owner: int
    dry_run: bool
    options: Mapping[str, str]
    progress: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file. `problems` name row, column, value and what to do, `raw` the row as it came."""

    figures: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    document: tuple[str, int] | None = None
    already: bool = False
    is_open: bool = False
    refusal: str = ""
    differences: list[dict[str, str]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Intake:
    """One kind of file. `owners` are the couriers or accounts that such a file may come from."""

    code: str
    title: Any
    hint: Any
    right: str
    owner_label: Any
    owners: Callable[[], Iterable[tuple[int, str]]]
    read: Callable[[Sent], Reading]
    labels: Mapping[str, Any]  # of figures, in the order of the page
    outcome_names: Callable[[], Mapping[str, Any]] = dict
    options: frozenset[str] = frozenset()  # of `period` and `columns`
    limit: int = STANDARD.file_bytes
    icon: str = "upload_file"

    @property
    def job(self) -> str:
        return f"read.{self.code}"


_intakes: dict[str, Intake] = {}


def offer_intake(intake: Intake) -> None:
    """Make a kind of file known, and the job that reads it."""
    _intakes[intake.code] = intake
    jobs.job(intake.job, title=intake.title, right=intake.right)(lambda run: _read(intake, run))


def intakes() -> list[Intake]:
    """All kinds, in the order in which apps offer them."""
    return list(_intakes.values())


def intake_of_job(kind: str) -> Intake | None:
    """The kind of file that a kind of job reads."""
    return _intakes.get(kind.removeprefix("read.")) if kind.startswith("read.") else None


def send_file(
    *,
    code: str,
    owner: int,
    file: File,
    filename: str,
    by: Any,
    dry_run: bool = False,
    options: Mapping[str, str] | None = None,
) -> Job:
    """Keep a file and start the job that reads it; the same file under way is the same job.

    With `dry_run` the job reports the same figures and stores nothing. Raises NotAllowed without the
    right, InvalidInput for an owner that does not exist and a file that is empty or too large.
    """
    intake = _intakes[code]
    rights.require(by, intake.right)
    if owner not in dict(intake.owners()):
        raise InvalidInput(
            _("Choose whose file this is: %(label)s.") % {"label": intake.owner_label}, column="owner"
        )
    require_size(intake, filename, file.size or 0)
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    chosen = {key: value for key, value in (options or {}).items() if value and key in intake.options}
    asked = {
        "owner": owner,
        "filename": filename[-200:],
        "sha256": digest.hexdigest(),
        "size": file.size,
        "dry_run": dry_run,
        "options": chosen,
    }
    key = json.dumps([code, {**asked, "filename": ""}], sort_keys=True)
    path = storages["private"].save(f"{FOLDER}/{digest.hexdigest()[:32]}", file)
    asked |= {"file": path, "language": translation.get_language() or ""}
    return jobs.start_job(intake.job, parameters=asked, by=by, key=key)


def require_size(intake: Intake, filename: str, size: int) -> None:
    """Raise InvalidInput, naming both sizes, for a file that is empty or larger than its readers take."""
    if size == 0:
        raise InvalidInput(
            _("%(file)s is empty. Export it again and send the new file.") % {"file": filename}, column="file"
        )
    if size > intake.limit:
        raise InvalidInput(
            _("%(file)s has %(size)s MB; at most %(limit)s MB are read. Ask for it in parts, or as CSV.")
            % {"file": filename, "size": f"{size / MIB:.1f}", "limit": intake.limit // MIB},
            column="file",
        )


def sweep_uploads() -> int:
    """Delete what was sent in and read long ago: services keep the files that count, as they came."""
    storage = storages["private"]
    if not storage.exists(FOLDER):
        return 0
    before = clock.machine_now() - KEPT_FOR
    _folders, names = storage.listdir(FOLDER)
    old = [name for name in names if storage.get_modified_time(f"{FOLDER}/{name}") < before]
    for name in old:
        storage.delete(f"{FOLDER}/{name}")
    return len(old)


def _read(intake: Intake, run: jobs.Run) -> dict[str, Any]:
    """The job: all in one step, so that nothing of a file can stay half stored."""
    asked = run.parameters

    def progress(done: int, total: int) -> None:
        run.expect(total)
        run.show(done)

    with storages["private"].open(asked["file"]) as upload:
        data = upload.read()
    with translation.override(asked["language"] or translation.get_language()), run.step(1):
        reading = intake.read(
            Sent(data, asked["filename"], asked["owner"], asked["dry_run"], asked["options"], progress)
        )
        if reading.problems:
            run.keep_file("rejected.csv", rejected_rows(asked["filename"], reading.problems))
    rows = int(reading.figures.get("rows") or 0)
    progress(rows, rows)
    return _plain(reading)


def rejected_rows(filename: str, problems: Iterable[Mapping[str, Any]]) -> bytes:
    """What could not be taken as a file for a clerk: place, value, what to do, the row as it came."""
    titles = [_("File"), _("Row"), _("Column"), _("Value"), _("What to do"), _("The row as it came")]
    return told_rows_file(filename, problems, titles=titles)


def _plain(reading: Reading) -> dict[str, Any]:
    """A reading as JSON, with the first rows of its problems."""
    plain = asdict(reading)
    plain["figures"] = {
        key: str(value) if isinstance(value, Decimal) else value for key, value in reading.figures.items()
    }
    plain["rejected"] = len(reading.problems)
    plain["problems"] = [
        {key: value for key, value in found.items() if key != "raw"} | {"why": stored(found["problem"])}
        for found in reading.problems[:SHOWN]
    ]
    return plain
