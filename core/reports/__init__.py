"""Exports for people: one base, two kinds of file, one list of all reports. No Django here.

An app declares a `Report` (name, columns, heading, rows, totals) and registers it; the command and the
admin write it by name. What is written is safe to open in a spreadsheet and can be read in again.
"""

from .columns import Column
from .csvfile import CsvReport
from .registry import Report, all_reports, register, report, write_report
from .several import ScreenReport, SeveralReports
from .writer import Heading, Labels, ReportWriter, Written
from .xlsxfile import ReportTooLong, XlsxReport

__all__ = [
    "Column",
    "CsvReport",
    "Heading",
    "Labels",
    "Report",
    "ReportTooLong",
    "ReportWriter",
    "ScreenReport",
    "SeveralReports",
    "Written",
    "XlsxReport",
    "all_reports",
    "register",
    "report",
    "write_report",
]
