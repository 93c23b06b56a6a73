"""How a row speaks of a document of a higher app: kind and id, never a foreign key upward.

Each app names its kinds in `apps.py`: `origins.register("order", "order.Order", number="number")`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.apps.registry import Apps
    from django.db import models


class Origin(NamedTuple):
    """A document somewhere in the house."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class OriginKind:
    kind: str
    model: str
    number: str
    admin: str | None
    called: Any = ""

    @property
    def title(self) -> str:
        """What people call documents of this kind."""
        return str(self.called or _models().get_model(self.model)._meta.verbose_name)

    def words(self, axis: str) -> dict[str, Any]:
        """The labels of the states on one axis of the document; empty when it has no such column."""
        from django.core.exceptions import FieldDoesNotExist

        try:
            field = _models().get_model(self.model)._meta.get_field(axis)
        except FieldDoesNotExist:
            return {}
        return dict(getattr(field, "flatchoices", []))


def _models() -> "Apps":
    from django.apps import apps  # late, so that pure rules may speak of origins

    return apps


_kinds: dict[str, OriginKind] = {}


def register(
    kind: str, model: str, *, number: str = "number", admin: str | None = None, title: Any = ""
) -> None:
    """Make a kind known. `number` is the attribute that people call the document by, `title` what they call
    all of them where the model's own name does not say it."""
    _kinds[kind] = OriginKind(kind, model, number, admin, title)


def kinds() -> dict[str, OriginKind]:
    """All kinds by name."""
    return dict(_kinds)


def titles() -> dict[str, str]:
    """What people call the documents of each kind."""
    return {kind: known.title for kind, known in _kinds.items()}


def of(document: "models.Model") -> Origin:
    """The origin that names a document. Raises KeyError for a model without a kind."""
    for known in _kinds.values():
        if known.model == document._meta.label:
            return Origin(known.kind, document.pk)
    raise KeyError(f"{document._meta.label} has no origin kind")


def numbers(named: "Iterable[tuple[str, int | None]]") -> dict[tuple[str, int], str]:
    """What people call these documents: one query per kind; unknown ones are left out."""
    wanted: dict[str, set[int]] = {}
    for kind, id in named:
        if kind in _kinds and id is not None:
            wanted.setdefault(kind, set()).add(id)
    called: dict[tuple[str, int], str] = {}
    for kind, ids in wanted.items():
        known = _kinds[kind]
        rows = _models().get_model(known.model)._base_manager.filter(pk__in=ids)
        called |= {(kind, pk): str(number) for pk, number in rows.values_list("pk", known.number)}
    return called


def find(kind: str, id: int) -> Any | None:
    """The document, or None when it does not exist (I02)."""
    known = _kinds[kind]
    return _models().get_model(known.model)._base_manager.filter(pk=id).first()
