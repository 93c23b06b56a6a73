"""Texts that nobody wraps for translation: named here, so that our catalogue has them.

The admin theme's, the names that Django makes of fields without one, and names of rows that every shop has.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

THEME = [
    _("Search apps and models..."),
    _("Type to search"),
    _("No recent searches"),
    _("Recent searches"),
    _("No results matching your query"),
    _("Loading more results..."),
    _("Filters"),
    _("Apply Filters"),
    _("Reset filters"),
    _("Clear all filters"),
    _("Select record"),
    _("Select all rows"),
    _("Select action to run"),
    _("Select action"),
    _("Run"),
    _("Run the selected action"),
    _("Clear selection"),
    _("More actions"),
    _("Go back"),
    _("Light"),
    _("Dark"),
    _("System"),
    _("General"),
    _("Toggle password visibility"),
    _("Save and view"),
    _("Record picture"),
    _("Choose file to upload"),
    _("Type to filter"),
    _("From"),
    _("To"),
    _("Value"),
    _("All"),
    _("Close"),
    _("Expand row"),
    _("Return to site"),
    _("Change password"),
    _("Log out"),
    _("History"),
    _("Show all"),
    _("Next"),
    _("Previous"),
    _("Unknown"),
]
FIELDS = [
    _("accepted by"),
    _("account"),
    _("actor"),
    _("agreed by"),
    _("asked by"),
    _("channel"),
    _("cleared by"),
    _("created by"),
    _("customer"),
    _("date placed"),
    _("decided by"),
    _("decision"),
    _("entry"),
    _("event"),
    _("file"),
    _("granted by"),
    _("group"),
    _("line"),
    _("move"),
    _("order"),
    _("parcel"),
    _("payment"),
    _("pool"),
    _("received by"),
    _("settled by"),
    _("sku"),
    _("statement"),
    _("task"),
    _("warehouse"),
]


def name_fields(models: Any) -> None:
    """Let fields without a name of their own speak the reader's language too; migrations see no change."""
    for model in models:
        for field in model._meta.get_fields():
            name = getattr(field, "verbose_name", None)
            if isinstance(name, str) and not isinstance(name, Promise) and name:
                field.verbose_name = gettext_lazy(name)
