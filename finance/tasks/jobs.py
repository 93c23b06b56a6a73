"""What is done to a whole statement at once, with a bar that outlives the page."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.jobs import Run, job
from finance import services


@job("finance.agree_statement", title=_("Agreeing a statement"), right="finance.match_line")
def agree_statement(run: Run) -> dict[str, Any]:
    """Post what agrees, row by row; a killed run goes on with the rows that are not posted yet."""
    return asdict(services.agree_statement(file_id=run.parameters["statement"], progress=run.between))
