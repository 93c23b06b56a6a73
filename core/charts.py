"""Where bars and lines of a chart stand: plain numbers for a template that draws them as SVG.

Days without an amount are days of zero for bars; a line keeps its level until it changes. No colours
here: the page's style sheet knows light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

ZERO: Final = Decimal(0)
WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 84, 8, 12, 28
MOST_DAYS: Final = 190  # more are summed by month: a bar thinner than three pixels says nothing
NICE: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart, or a word below it."""

    at: float
    label: str
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Chart:
    """`points` is the polyline of a level; `bars` carry label and amount for everyone who points at one."""

    bars: list[Bar]
    points: str
    zero: float
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def draw(series: Sequence[tuple[str, Decimal]], *, kind: str = "bars") -> Chart | None:
    """The chart of a series of (day in ISO or any word, amount); None where there is nothing to see."""
    filled = _filled(series, kind)
    if not any(amount for _label, amount in filled):
        return None
    low, high, step = _scale([amount for _label, amount in filled])
    room = HEIGHT - TOP - BOTTOM

    def y(amount: Decimal) -> float:
        return round(TOP + float((high - amount) / (high - low)) * room, 1)

    slot = (WIDTH - LEFT - RIGHT) / len(filled)
    gap = min(8.0, slot * 0.25)
    zero = y(ZERO)
    bars = [
        Bar(
            x=round(LEFT + at * slot + gap / 2, 1),
            y=min(y(amount), zero),
            width=round(max(1.0, slot - gap), 1),
            height=round(abs(y(amount) - zero), 1),
            label=label,
            amount=amount,
        )
        for at, (label, amount) in enumerate(filled)
    ]
    points = " ".join(f"{round(bar.x + bar.width / 2, 1)},{y(bar.amount)}" for bar in bars)
    lines = int((high - low) / step)
    y_ticks = [Tick(y(low + step * n), "", low + step * n) for n in range(lines + 1)]
    every = max(1, -(-len(bars) // 12))
    x_ticks = [Tick(round(bar.x + bar.width / 2, 1), bar.label) for bar in bars[::every]]
    return Chart(bars, points if kind == "line" else "", zero, y_ticks, x_ticks)


def _filled(series: Sequence[tuple[str, Decimal]], kind: str) -> list[tuple[str, Decimal]]:
    """Every day between the first and the last one; long periods by month, words as they are."""
    try:
        days = [(date.fromisoformat(label), amount) for label, amount in series]
    except ValueError:
        return list(series)
    if not days:
        return []
    known, found, level = dict(days), [], ZERO
    day, last = days[0][0], days[-1][0]
    while day <= last:
        level = known.get(day, level if kind == "line" else ZERO)
        found.append((day, level))
        day += timedelta(days=1)
    if len(found) <= MOST_DAYS:
        return [(each.isoformat(), amount) for each, amount in found]
    months: dict[str, Decimal] = {}
    for each, amount in found:
        month = f"{each:%Y-%m}"
        months[month] = amount if kind == "line" else months.get(month, ZERO) + amount
    return list(months.items())


def _scale(amounts: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Lowest and highest line and the step between: about four lines, on round figures."""
    top, bottom = max(ZERO, *amounts), min(ZERO, *amounts)
    rough = (top - bottom) / 4
    power = Decimal(10) ** (rough.adjusted())
    step = next(power * nice for nice in NICE if power * nice >= rough)
    low = (bottom / step).to_integral_value(ROUND_FLOOR) * step
    high = (top / step).to_integral_value(ROUND_CEILING) * step
    return low, high, step
