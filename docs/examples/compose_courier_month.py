"""Compose what a courier would send about a month of orders, with errors planted in its statement.

    python docs/examples/compose_courier_month.py ORDERS DIR [--from DAY] [--to DAY] [--plant N]

ORDERS is a file of order lines (csv, also gz) with the columns InvoiceNo, StockCode, Description, Quantity,
InvoiceDate, UnitPrice, CustomerID, Country. Written to DIR: the orders with a column that says which are
paid, the opening stock that they need, a rate card, shipments, scans, returns, two statements, a remittance
advice, and plan.json with every figure and outcome that a shop must come to.

It knows nothing of the shop's code: fees are worked out here from the shipments and the rate card as they
are written, so that two programs must agree. Only the standard library is used.
"""

import argparse
import csv
import gzip
import json
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from zlib import crc32

CENT = Decimal("0.01")
FREIGHT = ("POST", "DOT")
SERVICES = ("M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "GIFT_*")
HOME = "United Kingdom"
EUROPE = {
    "Austria", "Belgium", "Channel Islands", "Cyprus", "Czech Republic", "Denmark", "EIRE", "Finland",
    "France", "Germany", "Greece", "Iceland", "Italy", "Lithuania", "Malta", "Netherlands", "Norway",
    "Poland", "Portugal", "Spain", "Sweden", "Switzerland", "European Community",
}  # fmt: skip
# service, zone: first kilogram, each further one. From the middle of the month the first costs 0.20 more.
PRICES = {
    ("forward", "1"): ("3.10", "0.85"),
    ("forward", "2"): ("8.40", "2.60"),
    ("forward", "3"): ("14.90", "5.75"),
    ("return", "1"): ("2.40", "0.60"),
    ("return", "2"): ("6.30", "1.90"),
    ("return", "3"): ("11.20", "4.10"),
}
EXTRAS = {"fuel_pct": "4.5", "waybill_fee": "0.12", "cod_pct": "1.5", "cod_min": "1.00", "cod_max": "25.00"}
COLLECTED_EVERY, REFUSED_EVERY = 5, 40
# Which parcel an error is planted on. Each parcel gets one, so that the plan names one outcome a waybill.
PLANTS = {
    "missing": "prepaid",
    "within_tolerance": "prepaid",
    "surcharge": "prepaid",
    "rate": "prepaid",
    "zone": "prepaid",
    "weight": "prepaid",
    "cod_fee": "collected",
    "cod_amount": "collected",
    "wrong_return_price": "return",
    "billed_before": "earlier",
    "duplicate_in_file": "prepaid",
    "not_ours": "",
    "needs_review": "prepaid",
}
# How the month is settled: what is wrong is paid as expected, except what must be answered first.
DISPUTED = ("not_ours", "needs_review", "cod_amount")
SHIPPED = (
    "waybill", "order", "service", "shipped_on", "origin", "destination", "zone", "weight_kg", "length_cm",
    "width_cm", "height_cm", "cod_amount",
)  # fmt: skip
PRICED = (
    "product", "zone", "service", "first_weight_kg", "first_fee", "step_kg", "step_fee", "valid_from",
    "valid_to", *EXTRAS,
)  # fmt: skip
BILLED = ("waybill no", "date", "fee type", "amount", "charged weight", "zone", "service")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("orders", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date.min)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date.max)
    parser.add_argument("--plant", type=int, default=5, help="how many of each error")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    plan = compose(asked.orders, asked.folder, asked.first, asked.last, asked.plant)
    print(json.dumps({key: value for key, value in plan.items() if not isinstance(value, dict)}))


def compose(source: Path, folder: Path, first: date, last: date, plant: int) -> dict:
    """Write all files and return the plan."""
    titles, orders = read_orders(source, first, last)
    plan = write_orders(folder, titles, orders)
    write_stock(folder, orders)
    days = sorted(order["day"] for order in orders.values() if order["goods"])
    write_rate_card(folder, days[0], days[0] + max(timedelta(days=1), (days[-1] - days[0]) / 2))
    write_journeys(folder, orders)
    # From here on only what is written counts: shipments, returns and the rate card as the courier has them.
    card = list(rows_of(folder / "rate_card.csv"))
    back = {row["order"]: row for row in rows_of(folder / "returns.csv")}
    bills = {}
    for row in rows_of(folder / "shipments.csv"):
        bills[row["waybill"]] = bill(row, card, came_back=row["order"] in back)
        if row["order"] in back:
            again = back[row["order"]]
            bills[again["waybill"]] = bill(again, card, sent_on=row["shipped_on"])
    sent = sorted(one["sent_on"] for one in bills.values())
    cut = sent[len(sent) // 3]
    early = {number: one for number, one in bills.items() if one["sent_on"] <= cut}
    late = {number: one for number, one in bills.items() if number not in early}
    write_statement(folder / "statement_1.csv", early.values())
    planted = plant_errors(late, early, card, plant)
    stated = {**late, **planted["rows"]}
    left_out = {number for number, code in planted["plan"].items() if code == "missing"}
    write_statement(
        folder / "statement_2.csv", (one for number, one in stated.items() if number not in left_out)
    )
    plan["statement_1"] = dict.fromkeys(early, "agreed")
    plan["statement_2"] = dict.fromkeys(late, "agreed") | planted["plan"]
    plan["kept_back"] = str(agreed_bills(early, {}) + agreed_bills(stated, plan["statement_2"], late))
    plan["short"] = str(10 * sum(code == "cod_amount" for code in planted["plan"].values()))
    plan["remitted"] = str(write_remittance(folder, bills, plan))
    plan |= {
        "shipments": len(bills) - len(back),
        "returns": len(back),
        "rows_2": len(list(rows_of(folder / "statement_2.csv"))),
    }
    (folder / "plan.json").write_text(json.dumps(plan, indent=1))
    return plan


def read_orders(source: Path, first: date, last: date) -> tuple[list[str], dict[str, dict]]:
    """The orders of these days, by number: day, country, lines, and what of them is goods."""
    opened = gzip.open if source.suffix == ".gz" else open
    orders: dict[str, dict] = {}
    with opened(source, "rt", encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        for row in table:
            day = datetime.fromisoformat(row["InvoiceDate"]).date()
            if not first <= day <= last:
                continue
            order = orders.setdefault(
                row["InvoiceNo"],
                {"day": day, "country": row["Country"], "rows": [], "goods": [], "amounts": []},
            )
            order["rows"].append(row)
            if row["InvoiceNo"].startswith("A"):
                continue
            order["amounts"].append(int(row["Quantity"]) * Decimal(row["UnitPrice"]))
            if order["amounts"][-1] > 0 and not stands_for(row["StockCode"], FREIGHT + SERVICES):
                order["goods"].append(row)
    return list(table.fieldnames or ()), orders


def stands_for(code: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(code.strip().upper(), pattern) for pattern in patterns)


def is_order(order: dict) -> bool:
    return any(amount > 0 for amount in order["amounts"])


def total(order: dict) -> Decimal:
    return sum((amount for amount in order["amounts"] if amount > 0), Decimal(0))


def write_orders(folder: Path, titles: list[str], orders: dict[str, dict]) -> dict:
    """The same rows with `paid`; every fifth order with goods is collected by the courier."""
    sales = [order for order in orders.values() if is_order(order)]
    for place, order in enumerate(sales):
        order["collected"] = place % COLLECTED_EVERY == 0 and bool(order["goods"])
    with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*titles, "paid"], lineterminator="\n")
        table.writeheader()
        for order in orders.values():
            paid = "no" if order.get("collected") else "yes"
            table.writerows({**row, "paid": paid} for row in order["rows"])
    credits = [order for order in orders.values() if order["amounts"] and not is_order(order)]
    owed = [-sum((amount for amount in order["amounts"] if amount < 0), Decimal(0)) for order in credits]
    collected = sum((total(order) for order in sales if order["collected"]), Decimal(0))
    return {
        "orders": len(sales),
        "total": str(sum((total(order) for order in sales), Decimal(0)).quantize(CENT)),
        "collected": str(collected.quantize(CENT)),
        "credits": sum(1 for amount in owed if amount),
        "credit_total": str(sum(owed, Decimal(0)).quantize(CENT)),
    }


def write_stock(folder: Path, orders: dict[str, dict]) -> None:
    """As much of everything as is ordered, and ten more, at two fifths of the lowest price."""
    goods: dict[str, list] = {}
    for order in orders.values():
        for row in order["goods"]:
            goods.setdefault(row["StockCode"].strip(), []).append(row)
    with (folder / "opening_stock.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["sku", "warehouse", "on_hand", "unit_cost", "title", "price", "tax_rate"])
        for code, rows in goods.items():
            prices = [Decimal(row["UnitPrice"]) for row in rows]
            units = sum(int(row["Quantity"]) for row in rows) + 10
            cost = max(CENT, rounded(min(prices) * 2 / 5))
            title = next((row["Description"] for row in rows if row["Description"].strip()), code)
            table.writerow([code, "uk", units, cost, title, max(prices), "0.2"])


def write_rate_card(folder: Path, first: date, middle: date) -> None:
    with (folder / "rate_card.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(PRICED)
        for (service, zone), (start, step) in PRICES.items():
            for extra, since, until in (("0", first, middle - timedelta(days=1)), ("0.20", middle, "")):
                fee = Decimal(start) + Decimal(extra)
                table.writerow(["", zone, service, "1", fee, "1", step, since, until, *EXTRAS.values()])


def write_journeys(folder: Path, orders: dict[str, dict]) -> None:
    """What left and when, its scans, and what comes back: refused parcels under a number of their own."""
    with (
        (folder / "shipments.csv").open("w", newline="", encoding="utf-8") as sent,
        (folder / "tracking.csv").open("w", newline="", encoding="utf-8") as seen,
        (folder / "returns.csv").open("w", newline="", encoding="utf-8") as back,
    ):
        shipments, scans, returns = (csv.writer(file, lineterminator="\n") for file in (sent, seen, back))
        shipments.writerow(SHIPPED)
        returns.writerow(SHIPPED)
        scans.writerow(["waybill", "at", "state", "text", "place"])
        leaving = [(number, order) for number, order in orders.items() if order["goods"]]
        for place, (number, order) in enumerate(leaving):
            waybill, day = f"RM{place + 1:011}", order["day"] + timedelta(days=1)
            zone = "1" if order["country"] == HOME else "2" if order["country"] in EUROPE else "3"
            grams = sum(
                int(row["Quantity"]) * (20 + crc32(row["StockCode"].encode()) % 200) for row in order["goods"]
            )
            cash = total(order) if order["collected"] else Decimal(0)
            legs = [HOME, order["country"], zone, f"{Decimal(grams) / 1000}", "", "", ""]
            shipments.writerow([waybill, number, "forward", day, *legs, cash.quantize(CENT)])
            refused = place % REFUSED_EVERY == 7
            for days, state in (
                (0, "collected"),
                (1, "out_for_delivery"),
                (2, "refused" if refused else "delivered"),
            ):
                scans.writerow(
                    [waybill, f"{day + timedelta(days=days)} 18:00:00", state, state, order["country"]]
                )
            if refused:
                turned = day + timedelta(days=3)
                returns.writerow([f"RB{place + 1:011}", number, "return", turned, *legs, "0.00"])


def bill(row: dict, card: list[dict], *, came_back: bool = False, sent_on: str = "") -> dict:
    """What one shipment costs by the rate card of its day: (fee type, amount) by kind."""
    line = price_of(card, row["service"], row["zone"], row["shipped_on"])
    freight = freight_of(line, row["weight_kg"])
    fees = [
        ["freight", freight],
        ["fuel surcharge", rounded(freight * Decimal(line["fuel_pct"]) / 100)],
        ["waybill surcharge", Decimal(line["waybill_fee"])],
    ]
    cash = Decimal(row["cod_amount"])
    if cash and not came_back:
        fee = max(cash * Decimal(line["cod_pct"]) / 100, Decimal(line["cod_min"]))
        fees += [["COD fee", rounded(min(fee, Decimal(line["cod_max"])))], ["COD", cash]]
    return {**row, "fees": fees, "sent_on": sent_on or row["shipped_on"], "refused": came_back}


def price_of(card: list[dict], service: str, zone: str, day: str) -> dict:
    fitting = [
        line
        for line in card
        if (line["service"], line["zone"]) == (service, zone)
        and line["valid_from"] <= day <= (line["valid_to"] or "9999")
    ]
    (line,) = fitting
    return line


def freight_of(line: dict, kilos: str) -> Decimal:
    over = max(Decimal(0), Decimal(kilos) - Decimal(line["first_weight_kg"]))
    steps = (over / Decimal(line["step_kg"])).to_integral_value(ROUND_CEILING)
    return Decimal(line["first_fee"]) + steps * Decimal(line["step_fee"])


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def plant_errors(late: dict, early: dict, card: list[dict], times: int) -> dict:
    """Each error on parcels of its own: the rows that change, and the outcome that each must come to."""
    free = {"prepaid": [], "collected": [], "return": [], "earlier": []}
    for number, one in late.items():
        kind = "return" if one["service"] == "return" else "collected" if len(one["fees"]) > 3 else "prepaid"
        if not one["refused"]:
            free[kind].append(number)
    free["earlier"] = [n for n, one in early.items() if one["service"] == "forward" and len(one["fees"]) == 3]
    rows, plan = {}, {}
    for code, kind in PLANTS.items():
        for turn in range(times):
            if code == "not_ours":
                number, one = f"RM{99000000000 + turn:011}", next(iter(late.values()))
            else:
                number = free[kind].pop()
                one = (early if kind == "earlier" else late)[number]
            one = {**one, "waybill": number, "fees": [list(fee) for fee in one["fees"]]}
            PLANTERS[code](one, card)
            rows[number], plan[number] = one, code
    return {"rows": rows, "plan": plan}


def heavier(one: dict, card: list[dict]) -> None:
    one["weight_kg"] = str(Decimal(one["weight_kg"]) + 2)
    one["fees"][0][1] = freight_of(
        price_of(card, one["service"], one["zone"], one["shipped_on"]), one["weight_kg"]
    )


def elsewhere(one: dict, card: list[dict]) -> None:
    one["zone"] = "3" if one["zone"] != "3" else "2"
    one["fees"][0][1] = freight_of(
        price_of(card, one["service"], one["zone"], one["shipped_on"]), one["weight_kg"]
    )


def outward_price(one: dict, card: list[dict]) -> None:
    one["fees"][0][1] = freight_of(
        price_of(card, "forward", one["zone"], one["shipped_on"]), one["weight_kg"]
    )


def dearer(fee: int, by: str):
    def plant(one: dict, card: list[dict]) -> None:
        one["fees"][fee][1] += Decimal(by)

    return plant


def only_freight(one: dict, card: list[dict]) -> None:
    one["fees"] = [["freight", one["fees"][0][1] + 1]]


PLANTERS = {
    "missing": lambda one, card: None,
    "within_tolerance": dearer(0, "0.10"),
    "surcharge": lambda one, card: one["fees"].append(["residential surcharge", Decimal("5.00")]),
    "rate": dearer(0, "1.37"),
    "zone": elsewhere,
    "weight": heavier,
    "cod_fee": dearer(3, "1.50"),
    "cod_amount": dearer(4, "-10.00"),
    "wrong_return_price": outward_price,
    "billed_before": only_freight,
    "duplicate_in_file": lambda one, card: one["fees"].append(list(one["fees"][0])),
    "not_ours": only_freight,
    "needs_review": lambda one, card: one["fees"].__setitem__(0, ["freight", "12..34"]),
}


def write_statement(path: Path, bills) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(BILLED)
        for one in bills:
            for name, amount in one["fees"]:
                table.writerow(
                    [
                        one["waybill"],
                        one["sent_on"],
                        name,
                        amount,
                        one["weight_kg"],
                        one["zone"],
                        one["service"],
                    ]
                )


def agreed_bills(stated: dict, plan: dict[str, str], right: dict | None = None) -> Decimal:
    """What is owed when the right ones are paid as billed, the others as expected, the disputed not yet."""
    owed = Decimal(0)
    for number, one in stated.items():
        code = plan.get(number, "agreed")
        if code in (*DISPUTED, "billed_before", "missing"):
            continue
        expected = one if code in ("agreed", "within_tolerance") else (right or stated)[number]
        owed += sum((fee for name, fee in expected["fees"] if name != "COD"), Decimal(0))
    return owed


def write_remittance(folder: Path, bills: dict, plan: dict) -> Decimal:
    """All cash of delivered parcels, ten short where that is planted, less the bills that are agreed."""
    paid = Decimal(0)
    with (folder / "remittance.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["remittance no.", "RM-P1", "", ""])
        table.writerow(["waybill", "cod", "cod fee", "paid"])
        for number, one in bills.items():
            cash = next((fee for name, fee in one["fees"] if name == "COD"), None)
            if cash is not None:
                cash -= 10 if plan["statement_2"].get(number) == "cod_amount" else 0
                table.writerow([number, cash, "0.00", cash])
                paid += cash
        table.writerow(["", "", "", -Decimal(plan["kept_back"])])
    return paid - Decimal(plan["kept_back"])


def rows_of(path: Path):
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    main()
