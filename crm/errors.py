"""What crm refuses."""

from core.errors import DomainError, InvalidInput


class BadPhone(InvalidInput):
    """The text is not a phone number that anybody could call."""

    code = "bad_phone"


class NoTemplate(DomainError):
    """There is no text for this message in any language."""

    code = "no_template"


class BadTemplate(InvalidInput):
    """A text uses a placeholder that its kind does not offer (F70)."""

    code = "bad_template"


class DailyCapReached(DomainError):
    """One person has looked behind too many masks today."""

    code = "daily_cap"
