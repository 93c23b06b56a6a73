"""F54: a hostile or broken file is refused with its reason, and the process that asked goes on."""

import ast
import os
import re
import resource
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import psutil
import pytest

from core.tabular import BULK, STANDARD, RefusedFile, confined, open_table, unpack
from core.tabular.messages import MESSAGES
from tests.core import tabular_builders as made

MIB = 1024 * 1024


def a_bomb():
    """A real workbook of 0.4 MB that inflates beyond the limit."""
    return made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS), padding=300 * MIB)


def a_far_cell():
    rows = made.GOOD_ROWS + f'<row r="1048576">{made.a_cell("XFD1048576", "x")}</row>'
    return made.a_raw_xlsx(made.a_sheet_xml(rows))


def a_hidden_far_cell():
    """The same far cell in a spelling that the scan before the parser does not look for."""
    far = '<row r="1048576"><c  r = "XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS + far))


def an_entity_bomb():
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS, before=entities))


def a_false_directory():
    """The directory promises few bytes, many come out."""
    data = bytearray(a_bomb())
    info = zipfile.ZipFile(BytesIO(bytes(data))).getinfo("xl/worksheets/sheet1.xml")
    size = info.file_size.to_bytes(4, "little")
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = (2000).to_bytes(4, "little")
        at = data.find(size, at + 4)
    return bytes(data)


def parts(count):
    return [(f"xl/media/{at}.txt", "x") for at in range(count)]


HOSTILE = {
    "bomb": (a_bomb, {"too_large_inflated"}),
    "directory that lies": (a_false_directory, {"damaged_archive", "too_large_inflated"}),
    "far cell": (a_far_cell, {"too_far"}),
    "far cell in another spelling": (a_hidden_far_cell, {"no_memory"}),
    "entity bomb": (an_entity_bomb, {"dtd"}),
    "false dimension": (
        lambda: made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS, dimension="A1:XFD1048576")),
        {"too_far"},
    ),
    "too many parts": (
        lambda: made.a_raw_xlsx(made.a_sheet_xml(made.GOOD_ROWS), more_parts=parts(300)),
        {"too_many_members"},
    ),
    "truncated": (lambda: made.an_xlsx([made.HEADER])[:-200], {"damaged_archive"}),
    "protected workbook": (lambda: made.a_compound_file(b"x", "EncryptedPackage"), {"encrypted"}),
    "path escape": (lambda: made.a_zip([("../../etc/cron.d/x.csv", "a,b")]), {"path_escape"}),
    "absolute path": (lambda: made.a_zip([("/etc/passwd", "a,b")]), {"path_escape"}),
    "pdf": (lambda: b"%PDF-1.7 ...", {"not_a_table"}),
    "rar": (lambda: b"Rar!\x1a\x07\x01\x00", {"not_a_table"}),
    "archive in archive": (lambda: made.a_zip([("a.zip", made.a_zip([("b.csv", "x")]))]), {"nested_archive"}),
    "protected archive": (lambda: made.a_zip([("a.csv", "a,b")], encrypted=True), {"encrypted_archive"}),
    "too many members": (
        lambda: made.a_zip([(f"{at}.csv", "a") for at in range(101)]),
        {"too_many_members"},
    ),
    "huge cell": (
        lambda: made.a_raw_xlsx(
            made.a_sheet_xml(made.GOOD_ROWS + f"<row r='3'>{made.a_cell('A3', 'x' * 2 * MIB)}</row>")
        ),
        {"huge_cell"},
    ),
    "huge csv cell": (lambda: ("运单号,应付金额\n" + "x" * 2 * MIB).encode(), {"huge_cell"}),
    "xls that is noise": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(4096), {"unreadable"}),
    "xml with entities": (
        lambda: made.a_spreadsheetml(
            [made.HEADER], before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        ).encode(),
        {"dtd"},
    ),
    "empty": (lambda: b"", {"empty_file"}),
    "binary noise": (lambda: bytes(range(128, 256)) * 40, {"undecodable", "no_header"}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason_and_the_worker_lives(kind):
    make, codes = HOSTILE[kind]
    with pytest.raises(RefusedFile) as refused, open_table(make(), made.COURIER) as table:
        list(table.rows())
    assert refused.value.problem.code in codes
    assert str(refused.value)

    with open_table(made.an_xlsx([made.HEADER, ["SF1", "", "甲", "8"]]), made.COURIER) as table:
        assert [row.cells["waybill"] for row in table.rows()] == ["SF1"]


def test_a_child_killed_half_way_is_a_refusal_and_not_a_short_table():
    rows = [made.HEADER, *([f"SF{at:013d}", "2026-09-01", "甲" * 50, "8.00"] for at in range(20_000))]
    seen = []

    def read_and_kill_at_500(table):
        for row in table.rows():
            seen.append(row.number)
            if len(seen) == 500:
                table.reading.child.process.kill()

    with open_table(made.an_xlsx(rows), made.COURIER) as table, pytest.raises(RefusedFile) as refused:
        read_and_kill_at_500(table)
    assert refused.value.problem.code == "reader_died"
    assert 500 <= len(seen) < 20_000


def test_time_runs_out_only_while_waiting_for_the_child(monkeypatch):
    monkeypatch.setattr(confined, "START", "import time; time.sleep(60)")
    with pytest.raises(RefusedFile) as refused:
        open_table(made.an_xlsx([made.HEADER]), made.COURIER, limits=replace(STANDARD, seconds=0.3))
    assert refused.value.problem.code == "no_time"


def test_a_child_that_answers_nonsense_is_refused(monkeypatch):
    monkeypatch.setattr(confined, "START", "print('[1, 2'); print('{}')")
    with pytest.raises(RefusedFile) as refused:
        open_table(made.an_xlsx([made.HEADER]), made.COURIER)
    assert refused.value.problem.code == "reader_died"


def test_an_answer_without_the_right_end_mark_is_refused(monkeypatch):
    answer = '{"sheets": ["S"]}\\n{"data": [0, "S", []]}\\n{"end": 7}'
    monkeypatch.setattr(confined, "START", f"print('{answer}')")
    with pytest.raises(RefusedFile) as refused:
        open_table(made.an_xlsx([made.HEADER]), made.COURIER)
    assert refused.value.problem.code == "reader_died"


PROBE = """
import sys; sys.path.append(sys.argv[1])
import json, os, socket, subprocess
from core.tabular.child import confine
confine.confine(address_bytes=512 * 1024 * 1024, cpu_seconds=10)
tried = {}
def attempt(name, act):
    try: act(); tried[name] = "done"
    except BaseException as error: tried[name] = type(error).__name__
attempt("socket", lambda: socket.create_connection(("127.0.0.1", 5433), 2))
attempt("write", lambda: open("/tmp/escaped", "w"))
attempt("create", lambda: os.open("/tmp/escaped", os.O_CREAT | os.O_WRONLY))
attempt("shell", lambda: subprocess.run(["true"]))
attempt("memory", lambda: bytearray(1 << 30))
print(json.dumps({"tried": tried, "environment": sorted(set(os.environ) - {"LC_CTYPE"})}))
"""


def test_the_confined_process_reaches_neither_network_nor_files_nor_memory(monkeypatch):
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, str(confined.ROOT)], capture_output=True, env={}, check=True
    )
    assert done.stdout.decode().strip() == (
        '{"tried": {"socket": "Forbidden", "write": "Forbidden", "create": "Forbidden", '
        '"shell": "Forbidden", "memory": "MemoryError"}, "environment": []}'
    )


def test_without_the_limits_the_far_cell_takes_the_process_down():
    """Negative control of F54: the same parser, the same bytes, no preflight and only a memory cap."""
    script = (
        "import sys, io, python_calamine as c\n"
        "book = c.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))\n"
        "sheet = book.get_sheet_by_index(0)\n"
        "print('survived', sheet.height)"
    )

    def cap():
        resource.setrlimit(resource.RLIMIT_AS, (2048 * MIB, 2048 * MIB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-c", script], input=a_far_cell(), capture_output=True, preexec_fn=cap, check=False
    )
    assert done.returncode < 0 or b"MemoryError" in done.stderr
    assert b"survived" not in done.stdout


def children() -> set[int]:
    """Of this process; other tests may have some of their own running."""
    return {child.pid for child in psutil.Process().children()}


def test_no_child_outlives_a_refusal():
    before = children()
    for make in (a_far_cell, an_entity_bomb):
        with pytest.raises(RefusedFile):
            open_table(make(), made.COURIER)
    assert children() <= before


def test_members_of_an_archive_are_labels_and_never_paths():
    members = unpack(made.a_zip([("账单/明细.csv", "a,b")], gbk=True))
    assert [(member.name, member.head()) for member in members] == [("账单/明细.csv", b"a,b")]
    assert not members[0].path.name.endswith(".csv")


def test_the_bulk_class_reads_further_down_than_the_standard_one():
    rows = (
        made.GOOD_ROWS + f'<row r="300000">{made.a_cell("A300000", "SF2")}<c r="B300000"><v>9</v></c></row>'
    )
    data = made.a_raw_xlsx(made.a_sheet_xml(rows))
    with pytest.raises(RefusedFile, match="200000 rows"):
        open_table(data, made.COURIER)
    with open_table(data, made.COURIER, limits=BULK) as table:
        assert [(row.number, row.cells["amount"]) for row in table.rows()] == [(2, "8"), (300_000, "9")]


@pytest.mark.parametrize(
    ("repeat", "code"), [(1, None), (2_000_000_000, {"no_memory", "too_many_rows", "unreadable"})]
)
def test_a_spreadsheet_of_the_open_format_is_read_and_its_bomb_refused(repeat, code):
    data = made.an_ods([["运单号", "应付金额"], ["SF1", "8"]], repeat=repeat)
    if code is None:
        with open_table(data, made.COURIER) as table:
            assert [row.cells["waybill"] for row in table.rows()] == ["SF1"]
        return
    with pytest.raises(RefusedFile) as refused, open_table(data, made.COURIER) as table:
        list(table.rows())
    assert refused.value.problem.code in code


def test_every_reason_has_words_and_every_place_in_them_is_filled():
    """A code without a message would turn a refusal into a crash when it is shown."""
    used = {}
    for path in (confined.ROOT / "core/tabular").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "")
                in {
                    "RefusedFile",
                    "BadCell",
                    "Problem",
                }
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                names = {keyword.arg for keyword in node.keywords}
                if len(node.args) > 1:
                    names = {key.value for key in node.args[1].keys}
                used.setdefault(node.args[0].value, set()).update(names)
    assert set(used) <= set(MESSAGES)
    for code, names in used.items():
        assert set(re.findall(r"%\((\w+)\)s", MESSAGES[code])) <= names, code
