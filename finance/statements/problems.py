"""What a statement reader may complain about: one sentence and one next step for each code.

Readers know no Django, so sentences are English templates marked for extraction; whoever shows a
problem translates the template and fills in `params`. Values of cells are shown to the clerk who works
on the file and never written to a log (FORMATS R23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.errors import DomainError
from core.reasons import Reason, gettext_noop, in_cell, offer_reasons, said
from core.tabular.messages import MESSAGES

LINE = gettext_noop("line %(line)s")
# code -> (what is wrong, what to do next)
SENTENCES: Mapping[str, tuple[str, str]] = {
    # the file
    "empty_file": (
        gettext_noop("The file is empty."),
        gettext_noop("Export it again and upload the new file."),
    ),
    "not_a_statement": (
        gettext_noop("The file is not a statement: %(why)s."),
        gettext_noop("Check that the right file was chosen, or export the statement again."),
    ),
    "unknown_layout": (
        gettext_noop("No known layout fits this file. It begins with: %(seen)s"),
        gettext_noop("Choose the format, or save a column map for this account, and upload again."),
    ),
    "ambiguous_layout": (
        gettext_noop("More than one layout fits this file: %(formats)s."),
        gettext_noop("Choose the format and upload again."),
    ),
    "missing_columns": (
        gettext_noop("The layout %(format)s needs these columns, which the file does not have: %(columns)s."),
        gettext_noop("Export the file with these columns, or choose another format."),
    ),
    "unreadable_container": (
        gettext_noop("The file cannot be opened: %(why)s."),
        gettext_noop("Export it again without a password, or ask for the CSV export."),
    ),
    "several_bills": (
        gettext_noop("The archive holds %(count)s detail bills and must hold exactly one."),
        gettext_noop("Unpack the archive and upload the bills one by one."),
    ),
    "members_disagree": (
        gettext_noop("Detail and summary in the archive differ in %(what)s: %(detail)s and %(summary)s."),
        gettext_noop("Download the bill again; the archive was put together from different bills."),
    ),
    "decimal_sign": (
        gettext_noop("Amounts such as %(value)s can be read in two ways."),
        gettext_noop("Save a column map that names the decimal sign, and upload again."),
    ),
    "date_order": (
        gettext_noop("Dates such as %(value)s cannot be read without knowing the order of day and month."),
        gettext_noop("Save a column map that names the order of the date, and upload again."),
    ),
    "direction_unknown": (
        gettext_noop("The column %(column)s does not tell money in from money out."),
        gettext_noop("Save a column map that says how, and upload again."),
    ),
    "wrong_account": (
        gettext_noop("The file belongs to account %(found)s and not to %(expected)s."),
        gettext_noop("Choose the account of the file, or upload the file of the chosen account."),
    ),
    "wrong_period": (
        gettext_noop("The file covers %(found)s and not %(expected)s."),
        gettext_noop("Upload the file of the chosen period."),
    ),
    "bank_error": (
        gettext_noop("The bank answered with error %(status)s: %(said)s"),
        gettext_noop("Ask the bank for the statement again."),
    ),
    # a row
    "field_count": (
        gettext_noop("The row has %(found)s fields and the header has %(expected)s."),
        gettext_noop("Compare the row with the original statement and enter it by hand."),
    ),
    "missing_value": (
        gettext_noop("The column is empty."),
        gettext_noop("Look the value up in the original statement and enter it."),
    ),
    "bad_amount": (
        gettext_noop("This is not an amount."),
        gettext_noop("Look the amount up in the original statement and enter it."),
    ),
    "bad_date": (
        gettext_noop("This is not a date."),
        gettext_noop("Look the date up in the original statement and enter it."),
    ),
    "too_precise": (
        gettext_noop("The amount has parts of a cent."),
        gettext_noop("Look the amount up in the original statement and enter it."),
    ),
    "negative_amount": (
        gettext_noop("The amount is negative in a column without sign."),
        gettext_noop("Look the amount and its direction up in the original statement."),
    ),
    "damaged_id": (
        gettext_noop("A spreadsheet has damaged this number: its last digits are lost."),
        gettext_noop("Export the file again and do not save it with a spreadsheet program."),
    ),
    "two_amounts": (
        gettext_noop("Money in and money out are both filled."),
        gettext_noop("Look in the original statement which of the two is meant."),
    ),
    "no_amount": (
        gettext_noop("Neither money in nor money out is filled."),
        gettext_noop("Look the amount up in the original statement and enter it."),
    ),
    "bad_direction": (
        gettext_noop("It is not clear whether this is money in or money out."),
        gettext_noop("Look the direction up in the original statement and enter it."),
    ),
    "bad_currency": (
        gettext_noop("This is not a currency."),
        gettext_noop("Look the currency up in the original statement and enter it."),
    ),
    "unknown_status": (
        gettext_noop("This status is not known."),
        gettext_noop("Look the transaction up at the provider and decide."),
    ),
    "unreadable_line": (
        gettext_noop("The line does not follow the format."),
        gettext_noop("Compare it with the original statement and enter it by hand."),
    ),
    "glued_cells": (
        gettext_noop("Two cells are glued together."),
        gettext_noop("Compare the row with the original statement; the amount is taken as printed."),
    ),
    "repeated_serial": (
        gettext_noop("The serial number %(serial)s stands twice in this file (first in line %(first)s)."),
        gettext_noop("Look in the original statement whether both are real."),
    ),
    # findings: nothing is wrong with the row, but somebody should know
    "impossible_date": (
        gettext_noop("The value date does not exist; the booking date was taken."),
        gettext_noop("Nothing, unless interest depends on it."),
    ),
    "rounded_id": (
        gettext_noop(
            "The number has %(digits)s digits and ends in zeros: a spreadsheet may have damaged it."
        ),
        gettext_noop("Compare it with the original before matching by this number."),
    ),
    "unknown_columns": (
        gettext_noop(
            "The file has columns that the layout does not know: %(columns)s. They are kept as text."
        ),
        gettext_noop("Nothing, unless one of them holds money or a reference."),
    ),
    "unknown_kind": (
        gettext_noop("This kind of transaction is not known; it is booked as other."),
        gettext_noop("Check the row before it is posted."),
    ),
    "same_sheet_twice": (
        gettext_noop("Sheet %(other)s holds the same rows as sheet %(sheet)s and was left out."),
        gettext_noop("Nothing."),
    ),
    "split_differs": (
        gettext_noop("The details of this entry add up to %(details)s; the entry itself was taken."),
        gettext_noop("Nothing, unless the details are needed for matching."),
    ),
    "no_closing_balance": (
        gettext_noop("The statement ends without a closing balance."),
        gettext_noop("Check that the file is complete, then accept the difference with a reason."),
    ),
    "no_footer": (
        gettext_noop("The file ends without its totals, so nothing proves that it is whole."),
        gettext_noop("Export the file again, or accept the difference with a reason."),
    ),
    "unreadable_balance": (
        gettext_noop("The running balance cannot be read in %(count)s rows, so it was not checked there."),
        gettext_noop("Nothing, unless the balance is needed."),
    ),
    "summary_only": (
        gettext_noop("The file is only the summary of a bill."),
        gettext_noop("Upload the detail of the same day, or the archive with both."),
    ),
    "no_currency": (
        gettext_noop("The file does not say in which currency it is."),
        gettext_noop("Choose the currency of the account and upload again."),
    ),
    "balance_gap": (
        gettext_noop("The running balance jumps by %(gap)s before this row."),
        gettext_noop("Look for missing rows in the original statement."),
    ),
    "total_differs": (
        gettext_noop("%(name)s: the file states %(stated)s and the rows give %(computed)s."),
        gettext_noop("Export the file again, or accept the difference with a reason."),
    ),
    "empty_day": (
        gettext_noop("The provider reports no transactions for this day."),
        gettext_noop("Nothing."),
    ),
}


offer_reasons(
    {"bank.advice": gettext_noop("%(wrong)s %(remedy)s")}
    | {f"bank.{code}": wrong for code, (wrong, _remedy) in SENTENCES.items()}
    | {f"bank.{code}.remedy": remedy for code, (_wrong, remedy) in SENTENCES.items()}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint with its place. `line` is the 1-based line of the text or row of the sheet."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    sheet: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""

    @property
    def advice(self) -> Reason:
        """What is wrong and what to do."""
        if self.code not in SENTENCES:
            return Reason(self.code, **self.params)
        wrong, remedy = Reason(f"bank.{self.code}", **self.params), Reason(f"bank.{self.code}.remedy")
        return Reason("bank.advice", wrong=wrong, remedy=remedy)

    @property
    def template(self) -> str:
        return SENTENCES[self.code][0] if self.code in SENTENCES else MESSAGES[self.code]

    @property
    def remedy(self) -> str:
        """What to do next; the sentences of `core.tabular` say it themselves."""
        return said(SENTENCES[self.code][1]) if self.code in SENTENCES else ""

    @property
    def text(self) -> str:
        return said(self.template) % self.params

    @property
    def told(self) -> Reason:
        """Column, the value that stands there, what is wrong and what to do."""
        return in_cell(self.column, self.value, self.advice)

    def at(self, *, file: str = "", sheet: str = "", line: int | None = None) -> Problem:
        return replace(
            self,
            file=file or self.file,
            sheet=sheet or self.sheet,
            line=line if self.line is None else self.line,
        )

    def __str__(self) -> str:
        place = [self.file, self.sheet, said(LINE) % {"line": self.line} if self.line else "", self.column]
        shown = f" ({self.value!r})" if self.value else ""
        return f"{', '.join(p for p in place if p)}: {self.text}{shown} {self.remedy}".lstrip(": ").rstrip()


class StatementRefused(DomainError):
    """The whole file is refused; nothing of it may be stored but the file and this reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem), code=problem.code, **problem.params)
        self.problem = problem


def refuse(code: str, **params: str) -> StatementRefused:
    """Build the refusal for `raise refuse("unknown_layout", seen=...)`."""
    return StatementRefused(Problem(code=code, params=params))
