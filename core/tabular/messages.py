"""What each problem code says, in plain English with named places.

The readers never import Django, so the texts are only marked here. Every text says what is wrong and what to
do next.
"""

from core.reasons import gettext_noop, offer_reasons

MESSAGES: dict[str, str] = {
    # a whole file is refused
    "empty_file": gettext_noop("The file is empty. Export it again and upload the new file."),
    "not_a_table": gettext_noop("This is a %(kind)s file. Ask for the CSV or workbook export instead."),
    "encrypted": gettext_noop(
        "The file is protected by a password. Save it without a password and upload it again."
    ),
    "undecodable": gettext_noop(
        "The text of the file could not be read. Save it as UTF-8 and upload it again."
    ),
    "no_header": gettext_noop(
        "No row has the needed column names. Missing: %(missing)s. "
        "Choose the columns by hand, or another kind of file."
    ),
    "two_headers": gettext_noop(
        "More than one table fits (%(places)s). Keep only one of them in the file and upload it again."
    ),
    "bad_map": gettext_noop(
        "“%(value)s” names no column. Write it as amount=TITLE, with the TITLE that stands in the file."
    ),
    "unknown_map": gettext_noop("The chosen column %(column)s is not known here. Known: %(known)s."),
    "signature_missing": gettext_noop(
        "The file is not of the expected kind. Choose the kind of file by hand."
    ),
    "too_large": gettext_noop(
        "The file has %(size)s bytes; at most %(limit)s are read. Split it or use CSV."
    ),
    "too_many_members": gettext_noop("The file holds %(count)s parts; at most %(limit)s are read."),
    "too_large_inflated": gettext_noop(
        "The file grows to more than %(limit)s bytes when it is unpacked. Split it."
    ),
    "too_far": gettext_noop(
        "A cell lies outside %(rows)s rows and %(columns)s columns. Delete what lies outside, or save as CSV."
    ),
    "too_many_rows": gettext_noop("The file has more than %(limit)s rows. Split it or use CSV."),
    "dtd": gettext_noop(
        "The file declares entities or a document type, which a table never needs. It is not read."
    ),
    "damaged_archive": gettext_noop("The archive is damaged or incomplete. Download it again."),
    "path_escape": gettext_noop("The archive has a member outside its own folder. It is not read."),
    "nested_archive": gettext_noop("The archive holds another archive. Unpack it and upload what is inside."),
    "encrypted_archive": gettext_noop(
        "The archive is protected by a password. Unpack it and upload what is inside."
    ),
    "not_an_archive": gettext_noop("The file is not an archive."),
    "unreadable": gettext_noop("The file is damaged or not of a known kind. Save it again as xlsx or CSV."),
    "no_memory": gettext_noop(
        "Reading the file takes more memory than is allowed. Split it or save it as CSV."
    ),
    "no_time": gettext_noop("Reading the file takes longer than is allowed. Split it or save it as CSV."),
    "reader_died": gettext_noop("Reading the file failed before its end. Save it again as xlsx or CSV."),
    "huge_cell": gettext_noop("Row %(row)s holds a cell of more than %(limit)s characters. Correct it."),
    # one cell or row needs a person
    "missing": gettext_noop("The cell is empty. Fill it in."),
    "field_count": gettext_noop(
        "The row has %(found)s fields, the header has %(expected)s. "
        "Quote the commas inside texts or correct the row."
    ),
    "open_quote": gettext_noop("A quotation mark is never closed. Correct the row."),
    "damaged_number": gettext_noop("The long number was damaged by a spreadsheet. Export it again as text."),
    "rounded_id": gettext_noop("The long number ends in zeros and may have been damaged by a spreadsheet."),
    "bad_id": gettext_noop("This is not a number or name that can be matched. Correct it."),
    "bad_money": gettext_noop("This is not an amount. Correct it."),
    "ambiguous_money": gettext_noop(
        "The comma or point can be read in two ways. Say which is the decimal sign."
    ),
    "too_precise": gettext_noop("The number has more than %(places)s decimal places. Correct it."),
    "negative": gettext_noop("The number is negative, which is not possible here. Correct it."),
    "bad_quantity": gettext_noop("This is not a number. Correct it."),
    "not_whole": gettext_noop("This is not a whole number. Correct it."),
    "bad_date": gettext_noop("This is not a date that can be read without guessing. Write it as 2026-02-01."),
    "no_year": gettext_noop("The date has no year. Write it as 2026-02-01."),
    "ambiguous_date": gettext_noop("Day and month can be read in two ways. Write the date as 2026-02-01."),
    "bad_time": gettext_noop("This is not a time of day. Write it as 2026-02-01 09:05:00."),
    "unknown_choice": gettext_noop("This value is not known here. Known: %(known)s."),
    "unusual_waybill": gettext_noop("The number does not look like a waybill of %(courier)s. Check it."),
    "suffix_note": gettext_noop("The amount carries a remark."),
}
offer_reasons(MESSAGES)
