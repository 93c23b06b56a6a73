"""Addresses that a person can read, in either script."""

import re
import unicodedata


def slug_of(title: str) -> str:
    """Letters, digits and single hyphens; Chinese characters stay. Never empty."""
    text = unicodedata.normalize("NFKC", title).lower()
    return re.sub(r"[\W_]+", "-", text).strip("-")[:120].strip("-") or "item"
