"""The legal entity that books what no document says otherwise."""

from core.models import LegalEntity


def default_entity() -> LegalEntity:
    """The default legal entity; the first migration makes it."""
    return LegalEntity.objects.get(is_default=True)
