"""What others may ask about customers."""

from crm.models import Consent, Customer


def current_customer(customer: Customer) -> Customer:
    """The customer that a merged one became; itself when it was never merged."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def has_consent(*, customer: Customer, purpose: str) -> bool:
    """Whether the last word of the customer on this purpose is yes."""
    last = Consent.objects.filter(customer=customer, purpose=purpose).order_by("-id").first()
    return last is not None and last.given
