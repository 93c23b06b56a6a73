"""Rows a second of a courier's statement, read, matched and kept with all outcomes (PERFORMANCE P8).

The limit is COPY into a bare table and one INSERT of outcomes by a hash join. Ours reads any layout, keeps
every row with its identity, judges by the price list and counts nothing twice. The peer asks and writes
through the ORM in chunks of 2,000.
"""

import csv
import io
import random
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core.benching import Bench, Scale, offered
from logistics.models import Courier, CourierStatement, OpeningWaybill, RateRow, WaybillOutcome
from logistics.services import import_courier_statement

TITLES = (
    "运单号", "日期", "始发地", "目的地", "计费重量", "应付金额", "代收货款", "业务类型", "付款方式", "备注",
)  # fmt: skip
FEE, DAY = Decimal("8.00"), date(2026, 3, 2)
CHUNK = 2000
_CLASSIFY = """
    INSERT INTO bench.outcome (statement_id, row_no, waybill, shipment_id, kind, fee_diff, cod_diff)
    SELECT 1, r.row_no, r.waybill, s.id,
           CASE WHEN s.id IS NULL THEN 3 WHEN d.first_row < r.row_no THEN 4
                WHEN round(r.fee * 100)::int <> s.expected_fee THEN 1
                WHEN round(r.cod * 100)::int <> s.expected_cod THEN 2 ELSE 0 END,
           round(r.fee * 100)::int - s.expected_fee, round(r.cod * 100)::int - s.expected_cod
      FROM bench.stmt_row r LEFT JOIN bench.shipment s USING (waybill)
      LEFT JOIN (SELECT waybill, min(row_no) AS first_row FROM bench.stmt_row
                  GROUP BY waybill HAVING count(*) > 1) d USING (waybill)
"""
_UNBILLED = """
    SELECT count(*) FROM bench.shipment s
     WHERE NOT EXISTS (SELECT 1 FROM bench.stmt_row r WHERE r.waybill = s.waybill)
"""
_FORGET = (
    "DELETE FROM logistics_waybilloutcome",
    "DELETE FROM logistics_statementrow",
    "DELETE FROM logistics_courierstatement",
)


@offered
class CourierMatch(Bench):
    name, unit, rows = "courier_match", "rows/s", 50_000

    def prepare(self, scale: Scale) -> None:
        self.rows_made = scale.rows
        self.courier = Courier.objects.create(code="bench", name="Bench", currency="CNY")
        RateRow.objects.create(
            courier=self.courier,
            service="forward",
            zone="1",
            kind="step",
            price={"first_g": 1000, "first_fee": str(FEE), "step_g": 1000, "step_fee": "3.50"},
            valid_from=date(2026, 1, 1),
        )
        self.plan: Counter[str] = Counter()
        self.file = self._statement(random.Random(scale.seed), scale.rows)  # noqa: S311
        with connection.cursor() as cursor:
            cursor.execute(Path(__file__).with_suffix(".sql").read_text())
            cursor.execute(
                "INSERT INTO bench.shipment (waybill, expected_fee, expected_cod) SELECT number,"
                " (expected_freight * 100)::int, (cod_amount * 100)::int FROM logistics_openingwaybill"
            )
            cursor.execute("ANALYZE")

    def limit(self) -> float:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench.stmt_row, bench.outcome RESTART IDENTITY")
            began = time.perf_counter()
            with transaction.atomic():
                cursor.copy_expert(
                    "COPY bench.stmt_row (waybill, shipped_on, origin, destination, weight, fee, cod, state,"
                    " pay, note) FROM STDIN (FORMAT csv, HEADER, ENCODING 'GB18030')",
                    io.BytesIO(self.file),
                )
                cursor.execute("ANALYZE bench.stmt_row")
                cursor.execute(_CLASSIFY)
                cursor.execute(_UNBILLED)
            spent = time.perf_counter() - began
            cursor.execute("SELECT count(*) FROM bench.outcome")
            if cursor.fetchone()[0] != self.rows_made:
                raise RuntimeError("the limit has not kept every row")
        return self.rows_made / spent

    def ours(self) -> float:
        self._forget()
        began = time.perf_counter()
        result = import_courier_statement(courier=self.courier, data=self.file, filename="bench.csv")
        spent = time.perf_counter() - began
        if result.outcomes != dict(sorted(self.plan.items())):
            raise RuntimeError(f"planned {dict(self.plan)}, found {result.outcomes}")
        again = import_courier_statement(courier=self.courier, data=self.file + b"\r\n", filename="again.csv")
        if again.new_rows:
            raise RuntimeError(f"the same rows in another file added {again.new_rows}")
        return self.rows_made / spent

    def peer(self) -> float:
        """The ORM in chunks: the rows of a chunk by one `in`, its outcomes by one bulk_create."""
        self._forget()
        table = csv.DictReader(io.StringIO(self.file.decode("gb18030")))
        began = time.perf_counter()
        with transaction.atomic():
            statement = CourierStatement.objects.create(
                courier=self.courier,
                sha256="peer",
                filename="peer",
                state="open",
                received_at="2026-04-01T00:00Z",
            )
            while chunk := list(islice(table, CHUNK)):
                ours = OpeningWaybill.objects.filter(number__in=[row[TITLES[0]] for row in chunk])
                known = {waybill.number: waybill for waybill in ours}
                WaybillOutcome.objects.bulk_create(
                    WaybillOutcome(
                        statement=statement,
                        key=f"{table.line_num}/{place}",
                        waybill=row[TITLES[0]],
                        outcome=_judge(row, known),
                        billed=Decimal(row[TITLES[5]]),
                    )
                    for place, row in enumerate(chunk)
                )
            spent = time.perf_counter() - began
            transaction.set_rollback(True)
        return self.rows_made / spent

    def facts(self) -> dict[str, Any]:
        return {"planted": dict(sorted(self.plan.items())), "file_mb": round(len(self.file) / 1e6, 1)}

    def clean(self) -> None:
        self._forget()

    def _forget(self) -> None:
        for statement in CourierStatement.objects.exclude(stored=""):
            statement.stored.delete(save=False)
        with connection.cursor() as cursor:
            for forget in _FORGET:
                cursor.execute(forget)
            cursor.execute("VACUUM ANALYZE logistics_statementrow, logistics_waybilloutcome")

    def _statement(self, chance: random.Random, rows: int) -> bytes:
        """97 % right; wrong fees, wrong cash, strangers, repeated rows; 1 % of the waybills missing."""
        out = io.StringIO()
        write = csv.writer(out).writerow
        write(TITLES)
        opened: list[tuple[str, Decimal]] = []
        written = 0
        while written < rows:
            number = f"SF{1_000_000_000_000 + len(opened)}"
            cash = Decimal(100 + len(opened) % 400) if len(opened) % 5 == 0 else Decimal(0)
            opened.append((number, cash))
            told = [number, f"{DAY}", "上海市", "杭州市", "0.9", str(FEE), f"{cash:.2f}", "标快", "月结", ""]
            fate = chance.random()
            if fate < 0.01:
                self.plan["missing"] += 1
                continue
            if fate < 0.02:
                told[5], outcome = "9.10", "rate"
            elif fate < 0.03 and cash:
                told[6], outcome = f"{cash - 10:.2f}", "cod_amount"
            elif fate < 0.035:
                told[0], outcome = f"SF{2_000_000_000_000 + written}", "not_ours"
                opened.pop()
            elif fate < 0.04 and rows - written > 1 and not cash:
                write(told)
                written, outcome = written + 1, "duplicate_in_file"
            else:
                outcome = "agreed"
            write(told)
            written += 1
            self.plan[outcome] += 1
        OpeningWaybill.objects.bulk_create(
            (
                OpeningWaybill(
                    courier=self.courier,
                    number=number,
                    service="forward",
                    shipped_on=DAY,
                    zone="1",
                    weight_g=900,
                    cod_amount=cash,
                    currency="CNY",
                    expected_freight=FEE,
                )
                for number, cash in opened
            ),
            batch_size=5000,
        )
        return out.getvalue().encode("gb18030")


def _judge(row: dict[str, str], known: dict[str, OpeningWaybill]) -> str:
    ours = known.get(row[TITLES[0]])
    if ours is None:
        return "not_ours"
    if Decimal(row[TITLES[5]]) != ours.expected_freight:
        return "rate"
    return "agreed" if Decimal(row[TITLES[6]]) == ours.cod_amount else "cod_amount"
