"""Ctrl+K: any number or phone tail, asked of every app that the person may look into (LIBRARIES 4)."""

from typing import Any

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from core import desk


def search(request: HttpRequest, text: str) -> list[SearchResult]:
    """What the apps find for a text (unfold's search callback)."""
    user: Any = request.user
    return [
        SearchResult(title=found.title, description=found.description, link=found.link, icon=icon)
        for icon, found in desk.find(user, text)
    ]
