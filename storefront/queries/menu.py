"""The tree of categories, read once a page: menu, breadcrumbs, addresses in other languages."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import get_language, override

from storefront.catalogue.models import CategoryText


@dataclass(frozen=True, slots=True)
class MenuEntry:
    pk: int
    title: str
    slug: str
    description: str
    path: str  # address of its page
    tree: str  # place in the tree; children begin with it
    depth: int


@dataclass(frozen=True, slots=True)
class Menu:
    """All public categories in the language of the page, in tree order."""

    entries: tuple[MenuEntry, ...]
    slugs: dict[tuple[int, str], str] = field(default_factory=dict)

    @property
    def top(self) -> list[MenuEntry]:
        return [entry for entry in self.entries if entry.depth == 1]

    def find(self, pk: int) -> MenuEntry | None:
        return next((entry for entry in self.entries if entry.pk == pk), None)

    def children(self, parent: MenuEntry) -> list[MenuEntry]:
        return [
            entry
            for entry in self.entries
            if entry.depth == parent.depth + 1 and entry.tree.startswith(parent.tree)
        ]

    def trail(self, entry: MenuEntry) -> list[MenuEntry]:
        """From the top down to the entry."""
        return [each for each in self.entries if entry.tree.startswith(each.tree)]

    def deepest(self, pks: Iterable[int]) -> MenuEntry | None:
        """The most exact of these categories."""
        found = [entry for entry in self.entries if entry.pk in set(pks)]
        return max(found, key=lambda entry: entry.depth, default=None)

    def addresses(self, entry: MenuEntry) -> dict[str, str]:
        """The page of a category in every language that has a text for it."""
        found = {}
        for (pk, language), slug in self.slugs.items():
            if pk == entry.pk:
                with override(language):
                    found[language] = reverse("shop:category", kwargs={"slug": slug, "pk": pk})
        return found


def read_menu() -> Menu:
    """One query, whatever the number of categories."""
    language = get_language()
    base = reverse("shop:home")
    entries, slugs = [], {}
    rows = (
        CategoryText.objects.filter(category__is_public=True, category__ancestors_are_public=True)
        .order_by("category__path")
        .values_list(
            "category_id",
            "language",
            "title",
            "slug",
            "description",
            "category__path",
            "category__depth",
            "category__exclude_from_menu",
        )
    )
    for pk, spoken, title, slug, description, tree, depth, _hidden in rows:
        slugs[pk, spoken] = slug
        if spoken == language:
            path = f"{base}categories/{slug}-{pk}/"
            entries.append(MenuEntry(pk, title, slug, description, path, tree, depth))
    return Menu(tuple(entries), slugs)
