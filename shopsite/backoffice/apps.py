"""Stands where Oscar's dashboard stood: its label and URL names lead into the admin."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from oscar.core.application import OscarConfig


def _to(target: str) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, pk: int | None = None, **_: Any) -> HttpResponse:
        return redirect(target, pk) if pk else redirect(target)

    return view


class BackofficeConfig(OscarConfig):
    name = "shopsite.backoffice"
    label = "dashboard"
    namespace = "dashboard"

    def get_urls(self) -> list[Any]:
        return [
            path("", _to("admin:index"), name="index"),
            path("login/", _to("admin:login"), name="login"),
            path("product/<int:pk>/", _to("admin:catalogue_product_change"), name="catalogue-product"),
            path(
                "category/<int:pk>/",
                _to("admin:catalogue_category_change"),
                name="catalogue-category-update",
            ),
            path("range/<int:pk>/", _to("admin:offer_range_change"), name="range-update"),
        ]
