"""`make pictures` comes by every page of the shop and of the back office; documents show what it took."""

import re

import pytest
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import get_resolver, resolve

from core.rights import grant_role
from shopsite.demo_company.staff import POSTS
from shopsite.navigation import GROUPS, link_of, opens
from shopsite.pictures.documents import DOCS, copy_into_documents, named_in
from shopsite.pictures.pages import LANGUAGES, NO_PAGES, OWN, SHOP, WIDTHS, every_page, path_of
from storefront import urls as shop
from tests.crm.builders import a_user

# Addresses of the back office that are no pages of their own, by the end of their names.
STEPS = (
    "step", "note", "progress", "errors", "result", "cancel", "retry", "lookup", "letgo", "scan", "state",
    "box", "decide", "open", "label", "rejected", "file",
)  # fmt: skip
DJANGOS = ("changelist", "add", "change", "delete", "history")
# The address has a number: the page's `via` ends in this, or somebody does this to get there.
LINKED = {
    "logistics_delivery_pack": "/pack/",
    "logistics_delivery_picklist": "/picklist/",
    "logistics_delivery_slip": "/slip/",
    "logistics_delivery_manifest": "/manifest/",
    "inventory_reservation_why": "/why/",
    "core_job_report": "show_report",
}


def test_every_address_of_the_shop_is_pictured_or_said_to_be_no_page():
    addresses = {pattern.name for pattern in [*shop.urlpatterns, *shop.plain]}
    pictured = {
        resolve(path_of(page, "en").partition("?")[0]).url_name
        for page in SHOP
        if page.address and not page.via and "~" not in page.address
    }
    by_link = {"category", "product", "checkout", "thanks", "order"}
    assert by_link <= {page.name for page in SHOP}
    assert pictured | by_link | set(NO_PAGES) == addresses
    assert (pictured | by_link) & set(NO_PAGES) == set()


def test_every_entry_of_the_navigation_is_pictured():
    pictured = {page.address.partition("?")[0] for page in every_page() if page.login}
    entries = [entry for _title, group in GROUPS for entry in group if link_of(entry)]
    named = {
        each.url if each.url.startswith("admin:") else f"admin:{each.url}_changelist" for each in entries
    }
    assert named <= pictured


def test_every_own_page_of_the_back_office_is_pictured():
    names = {
        pattern.name
        for entry in get_resolver().url_patterns
        if getattr(entry, "app_name", "") == "admin"
        for part in entry.url_patterns
        for pattern in getattr(part, "url_patterns", [])
        if pattern.name
    }
    assert "logistics_delivery_packing" in names
    own = {name for name in names if not name.endswith(DJANGOS) and not name.endswith(STEPS)}
    addresses = {page.address.partition("?")[0].removeprefix("admin:") for page in every_page()}
    links = " ".join(way for page in OWN for way in (*page.via, page.act))
    missed = {name for name in own - addresses if name not in LINKED or LINKED[name] not in links}
    assert {name for name in missed if not name.startswith(("crm_user", "auth_"))} == set()


@pytest.mark.django_db
def test_whoever_looks_at_a_page_may_open_it():
    call_command("setup_shop")
    entries = {entry.url: entry for _title, group in GROUPS for entry in group}
    people = {}
    for post in POSTS:
        if not post.warehouse:
            people[post.login] = a_user(username=post.login, is_staff=True, is_superuser=post.role == "admin")
            grant_role(user=people[post.login], role=post.role)
    refused = []
    for page in every_page():
        entry = entries.get(page.address) or entries.get(
            page.address.partition("?")[0].removeprefix("admin:").removesuffix("_changelist")
        )
        if entry is None or not page.login:
            continue
        request = RequestFactory().get("/admin/")
        request.user = people[page.login]
        if not opens(request, entry):
            refused.append((page.name, page.login))
    assert refused == []


def test_names_of_pages_are_names_of_files_and_stand_for_one_page():
    names = [page.name for page in every_page()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)


def test_pictures_that_documents_show_are_there_and_of_pages_that_exist():
    shown = named_in()
    names = {page.name for page in every_page()}
    assert {name for name, _language, _width in shown} <= names
    assert {(language, int(width)) for _name, language, width in shown} <= {
        (language, width) for language in LANGUAGES for width in WIDTHS
    }
    files = {path.name for path in (DOCS / "pictures").glob("*")}
    assert files == {".".join([*picture, "webp"]) for picture in shown}
    assert sum(path.stat().st_size for path in (DOCS / "pictures").glob("*")) < 6_000_000


def test_what_documents_no_longer_show_is_removed(tmp_path):
    docs, taken = tmp_path / "docs", tmp_path / "taken"
    (docs / "guides").mkdir(parents=True)
    (docs / "pictures").mkdir()
    (docs / "pictures/old.en.390.webp").touch()
    (docs / "guides/one.md").write_text("![The list](../pictures/order_order-list.en.1440.webp)")
    (taken / "en/1440").mkdir(parents=True)
    (taken / "en/1440/order_order-list.webp").write_bytes(b"picture")
    assert [path.name for path in copy_into_documents(taken, docs)] == ["order_order-list.en.1440.webp"]
    assert [path.name for path in (docs / "pictures").iterdir()] == ["order_order-list.en.1440.webp"]


def test_addresses_are_of_the_language():
    page = next(page for page in SHOP if page.name == "search")
    assert path_of(page, "en") == "/en/search/?q=壶"
    assert path_of(page, "zh-hans") == "/zh-hans/search/?q=壶"
