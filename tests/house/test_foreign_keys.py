"""Foreign keys point down or sideways; upward only to the kernel nouns and along Oscar's own edges."""

from django.apps import apps
from django.db import models

LAYERS = ["core", "crm", "finance", "inventory", "logistics", "orders", "returns", "storefront"]
# Any app may point at these by string.
KERNEL_NOUNS = {
    "crm.User",
    "catalogue.Product",
    "order.Order",
    "order.Line",
    "order.ShippingAddress",
    "order.BillingAddress",
    "address.UserAddress",
    "address.Country",
}
# Edges that Oscar's abstract models declare themselves (4.2.1).
OSCARS_OWN = {
    ("partner.Partner", "crm.User"),
    ("partner.StockRecord", "catalogue.Product"),
    ("payment.Bankcard", "crm.User"),
    ("payment.Source", "order.Order"),
    ("shipping.OrderAndItemCharges", "address.Country"),
    ("shipping.WeightBased", "address.Country"),
    ("offer.Range", "catalogue.Category"),
    ("offer.Range", "catalogue.ProductClass"),
    ("basket.LineAttribute", "catalogue.Option"),
    ("order.LineAttribute", "catalogue.Option"),
    ("order.CommunicationEvent", "communication.CommunicationEventType"),
}


def layer_of(model: type[models.Model]) -> int | None:
    """Our layer of a model, by the package that its app lives in. None for Django's and Oscar's own apps."""
    package = apps.get_app_config(model._meta.app_label).name.split(".")[0]
    return LAYERS.index(package) if package in LAYERS else None


def edges():
    for model in apps.get_models(include_auto_created=False):
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            if field.remote_field and isinstance(field.remote_field.model, type):
                yield model, field.name, field.remote_field.model


def offences(found):
    for model, name, target in found:
        if (model._meta.label, target._meta.label) in OSCARS_OWN or target._meta.label in KERNEL_NOUNS:
            continue
        here, there = layer_of(model), layer_of(target)
        if here is not None and there is not None and there > here:
            yield f"{model._meta.label}.{name} → {target._meta.label}"


def test_no_foreign_key_points_up():
    assert list(offences(edges())) == []


def test_the_check_sees_an_edge_that_points_up():
    core = apps.get_model("core.LegalEntity")
    case = apps.get_model("returns.ReturnCase")
    assert list(offences([(core, "case", case)])) == ["core.LegalEntity.case → returns.ReturnCase"]


def test_oscars_edges_are_still_oscars():
    """An edge that Oscar has dropped leaves the list, so that it can't hide one of ours."""
    present = {(model._meta.label, target._meta.label) for model, _name, target in edges()}
    assert {edge for edge in OSCARS_OWN if edge not in present} == set()
